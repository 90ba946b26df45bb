import { requireComponent, type Checkpoint } from '../../checkpoint/checkpoint.js';
import { ldmBert, readLdmBertConfig, type LdmBertConfig } from '../../networks/ldm-bert.js';
import { sinusoids } from '../../networks/sinusoids.js';
import { readUnetConfig, type UnetConfig } from '../../networks/unet-config.js';
import { unet } from '../../networks/unet.js';
import { BertTokenizer } from '../../prompt/bert-tokenizer.js';
import type { Values } from '../../runtime/session.js';
import { createSampler } from '../../samplers/registry.js';
import type { SchedulerConfig } from '../../samplers/scheduler-config.js';
import { guide } from '../guidance.js';
import { joined, type NoiseSource } from '../noise.js';
import { openNetwork, type Network } from '../open-network.js';
import type { PipelineHooks } from '../run.js';
import { walk } from '../walk.js';
import { decodeLatents, openDecoder, session, type PictureDecoder, type Runtime } from './networks.js';

/** A checkpoint of the first latent diffusion that draws prompts, Rombach et al. 2022, arXiv:2112.10752. */
export interface LatentTextToImage {
  tokenizer: BertTokenizer;
  text: Network<LdmBertConfig>;
  unet: Network<UnetConfig>;
  decoder: PictureDecoder;
}

export interface LatentTextToImageRun {
  prompts: readonly string[];
  /** Size in latents. */
  latentHeight: number;
  latentWidth: number;
  scheduler: SchedulerConfig;
  steps: number;
  eta: number;
  /** At exactly 1 nothing is guided; below it, too, is guidance. */
  guidanceScale: number;
  /** Draws what a run begins with. */
  noise: NoiseSource;
  /** Draws what steps add: the reference has another generator for them. */
  stepNoise: NoiseSource;
}

/** Reads the configuration of a checkpoint. Throws CheckpointError and InputError. */
export async function openLatentTextToImage(checkpoint: Checkpoint, runtime: Runtime): Promise<LatentTextToImage> {
  const part = (name: string) => requireComponent(checkpoint, name);
  const [tokenizer, text, denoiser, decoder] = await Promise.all([
    BertTokenizer.fromFolder(part('tokenizer').path),
    openNetwork(part('bert'), readLdmBertConfig),
    openNetwork(part('unet'), readUnetConfig),
    openDecoder(checkpoint, runtime),
  ]);
  return { tokenizer, text, unet: denoiser, decoder };
}

/** Draws pictures of prompts, [3, height, width] each with values around -1 to 1. Throws EngineError. */
export async function latentTextToImage(
  model: LatentTextToImage,
  runtime: Runtime,
  run: LatentTextToImageRun,
  hooks: PipelineHooks,
): Promise<Float32Array[]> {
  const { prompts, latentHeight, latentWidth, guidanceScale } = run;
  const { config, weights } = model.unet;
  const guided = guidanceScale !== 1;
  const rows = guided ? 2 * prompts.length : prompts.length;
  hooks.onProgress?.({ stage: 'encode', step: 0, steps: 1 });
  const context = await encode(model, runtime, prompts, guided, hooks);

  const shape = [model.decoder.latentChannels, latentHeight, latentWidth];
  const sampler = createSampler(run.scheduler, run.steps, { eta: run.eta, batchSize: prompts.length });
  // The reference does not ask the sampler how large the first noise is.
  const noise = run.noise(shape);
  const network = await session('unet', model.unet, runtime, () => unet(config, weights, runtime));
  const latents = await walk(
    noise,
    {
      sampler,
      noise: () => run.stepNoise(shape),
      // Nor how it wants them to be shown.
      predict: async ({ n, timestep, latents }) => {
        const shown = guided ? joined([latents, latents]) : latents;
        hooks.trace?.(`unet.${n}.sample`, shown);
        const time = {
          data: sinusoids([timestep], config.time.channels, config.time),
          shape: [1, config.time.channels],
        };
        const { out } = await network.run({ sample: { data: shown, shape: [rows, ...shape] }, time, context });
        hooks.trace?.(`unet.${n}.out`, out!.data);
        return guided ? guide(out!.data, guidanceScale).guided : out!.data;
      },
    },
    hooks,
  );
  const { scalingFactor } = model.decoder;
  const unscaled = latents.map((value) => value / scalingFactor);
  return decodeLatents(model.decoder, unscaled, [latentHeight, latentWidth], hooks);
}

/** What the U-Net is told of prompts, behind the same of nothing where there is guidance: [N, tokens, width]. */
async function encode(
  { tokenizer, text }: LatentTextToImage,
  runtime: Runtime,
  prompts: readonly string[],
  guided: boolean,
  { trace }: PipelineHooks,
): Promise<Values> {
  const { config, weights } = text;
  const ids = (texts: readonly string[]) => texts.flatMap((own) => tokenizer.encode(own, config.length));
  const groups = [...(guided ? [ids(prompts.map(() => ''))] : []), ids(prompts)];
  groups.forEach((group, i) => trace?.(`bert.${i}.input_ids`, group));
  const tokens = groups.flat();
  const shape = [tokens.length / config.length, config.length];
  const network = await session('text_encoder', text, runtime, () => ldmBert(config, weights, runtime));
  const { hidden } = await network.run({ tokens: { data: BigInt64Array.from(tokens, BigInt), shape } });
  trace?.('unet.0.encoder_hidden_states', hidden!.data);
  return hidden!;
}
