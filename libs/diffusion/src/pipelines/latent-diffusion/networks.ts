import { requireComponent, type Checkpoint } from '../../checkpoint/checkpoint.js';
import { CheckpointError } from '../../checkpoint/checkpoint-error.js';
import type { Model } from '../../graph/graph.js';
import { readVaeConfig } from '../../networks/vae-config.js';
import { vaeDecoder } from '../../networks/vae.js';
import { readVqConfig, vqDecoder } from '../../networks/vq-model.js';
import type { Target } from '../../networks/weights.js';
import { EngineError } from '../../runtime/engine-error.js';
import type { Session } from '../../runtime/session.js';
import type { SessionCache } from '../../runtime/session-cache.js';
import { joined } from '../noise.js';
import { memoryOf, openNetwork, type Network } from '../open-network.js';
import type { PipelineHooks } from '../run.js';

/** What networks run on. */
export interface Runtime {
  sessions: SessionCache;
  target: Target;
}

/** The half of an autoencoder, of either kind, that makes pictures. */
export interface PictureDecoder {
  latentChannels: number;
  /** Pixels per latent in each direction. */
  factor: number;
  /** What latents were multiplied with for the U-Net. */
  scalingFactor: number;
  load(): Promise<Session>;
}

/** Opens the autoencoder of a checkpoint, with a codebook or without. Throws CheckpointError. */
export async function openDecoder(checkpoint: Checkpoint, runtime: Runtime): Promise<PictureDecoder> {
  const source = requireComponent(checkpoint, 'vqvae');
  if (source.className === 'VQModel') {
    const network = await openNetwork(source, readVqConfig);
    const { config, weights } = network;
    const build = () => vqDecoder(config, weights, runtime);
    return { ...sizesOf(config, config.codeWidth), load: () => session('vae_decoder', network, runtime, build) };
  }
  if (source.className !== 'AutoencoderKL') {
    throw new CheckpointError(
      `${source.path} is a ${source.className}; the engine takes a VQModel or an AutoencoderKL.`,
    );
  }
  const network = await openNetwork(source, readVaeConfig);
  const { config, weights } = network;
  const build = () => vaeDecoder(config, weights, runtime);
  return { ...sizesOf(config, config.latentChannels), load: () => session('vae_decoder', network, runtime, build) };
}

function sizesOf(config: { levels: readonly number[]; scalingFactor: number }, latentChannels: number) {
  return { latentChannels, factor: 2 ** (config.levels.length - 1), scalingFactor: config.scalingFactor };
}

/** The session of a network, loaded now where it is not yet. */
export function session(
  name: string,
  { weights, path }: Network<unknown>,
  { sessions, target }: Runtime,
  build: () => Model,
): Promise<Session> {
  const key = [name, weights.identity].join('\n');
  return sessions.get({ key, network: name, source: path, bytes: memoryOf(weights, target), build });
}

/** The pictures that latents [pictures, channels, h, w] stand for, one after the other. Throws EngineError. */
export async function decodeLatents(
  decoder: PictureDecoder,
  latents: Float32Array,
  [height, width]: readonly [number, number],
  { checkCancelled, onProgress, trace }: PipelineHooks,
): Promise<Float32Array[]> {
  const size = decoder.latentChannels * height * width;
  const steps = latents.length / size;
  onProgress?.({ stage: 'decode', step: 0, steps });
  trace?.('vae_decode.0.in', latents);
  const network = await decoder.load();
  const pictures: Float32Array[] = [];
  for (let i = 0; i < steps; i++) {
    checkCancelled?.();
    const data = latents.subarray(i * size, (i + 1) * size);
    const { picture } = await network.run({ latents: { data, shape: [1, decoder.latentChannels, height, width] } });
    if (!picture!.data.every(Number.isFinite)) {
      throw new EngineError('corrupt_output', 'the autoencoder gave numbers that are no picture (not finite)');
    }
    pictures.push(picture!.data);
    onProgress?.({ stage: 'decode', step: i + 1, steps });
  }
  trace?.('vae_decode.0.out', joined(pictures));
  return pictures;
}
