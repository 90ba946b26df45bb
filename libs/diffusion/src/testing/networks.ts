/** Networks of a checkpoint by themselves, with random inputs, to measure. */
import { openCheckpoint, requireComponent } from '../checkpoint/checkpoint.js';
import type { WeightSet } from '../checkpoint/weight-files.js';
import type { Model } from '../graph/graph.js';
import { readClipTextConfig } from '../networks/clip-text-config.js';
import { clipText } from '../networks/clip-text.js';
import { readUnetConfig } from '../networks/unet-config.js';
import { unet } from '../networks/unet.js';
import { readVaeConfig } from '../networks/vae-config.js';
import { vaeDecoder, vaeEncoder } from '../networks/vae.js';
import type { Target } from '../networks/weights.js';
import { openNetwork } from '../pipelines/open-network.js';
import { Mt19937 } from '../random/mt19937.js';
import type { Inputs, Values } from '../runtime/session.js';

export const NETWORKS = ['text_encoder', 'text_encoder_2', 'unet', 'vae_encoder', 'vae_decoder'] as const;
export type NetworkName = (typeof NETWORKS)[number];

export interface NetworkCase {
  /** A checkpoint's folder. */
  checkpoint: string;
  network: NetworkName;
  /** The autoencoder is built in just this precision, too. */
  target: Target;
  /** Side of the picture, pixels. */
  side: number;
  /** Texts or samples at once. */
  rows: number;
}

/** A network that can be loaded, with inputs that are the same each time. */
export interface NetworkToMeasure {
  model: Model;
  inputs: Inputs;
  /** The output that counts. */
  output: string;
}

/** Texts are told in so many tokens. */
const TOKENS = 77;

/** Builds a network of a checkpoint. Throws CheckpointError. */
export async function networkToMeasure({
  checkpoint,
  network,
  target,
  side,
  rows,
}: NetworkCase): Promise<NetworkToMeasure> {
  const opened = await openCheckpoint(checkpoint);
  const part = (name: string) => requireComponent(opened, name);
  const random = randomNumbers();
  if (network === 'unet') {
    const { config, weights } = await openNetwork(part('unet'), readUnetConfig);
    const { inChannels, levels, time, added } = config;
    const latents = side / 8;
    const constant = { constant: true };
    return {
      model: unet(config, weights, { target }),
      inputs: {
        sample: random(rows, inChannels, latents, latents),
        time: random(1, time.channels),
        context: { ...random(rows, TOKENS, levels[0]!.attention.contextWidth), ...constant },
        ...(added && { added: { ...random(rows, added.width), ...constant } }),
      },
      output: 'out',
    };
  }
  if (network === 'vae_decoder' || network === 'vae_encoder') {
    const { config, weights } = await openNetwork(part('vae'), readVaeConfig);
    const { levels, latentChannels, pictureChannels } = config;
    const latents = side / 2 ** (levels.length - 1);
    return network === 'vae_decoder'
      ? {
          model: vaeDecoder(config, weights, { target }),
          inputs: { latents: random(rows, latentChannels, latents, latents) },
          output: 'picture',
        }
      : {
          model: vaeEncoder(config, weights, { target }),
          inputs: { picture: random(rows, pictureChannels, side, side) },
          output: 'moments',
        };
  }
  const { config, weights } = await openNetwork(part(network), readClipTextConfig);
  return { ...textEncoder(config, weights, target, rows), output: 'hidden.0' };
}

function textEncoder(
  config: ReturnType<typeof readClipTextConfig>,
  weights: WeightSet,
  target: Target,
  rows: number,
): Pick<NetworkToMeasure, 'model' | 'inputs'> {
  const { length, vocabulary } = config;
  const ids = BigInt64Array.from({ length: rows * length }, (_, i) => BigInt((i * 7919) % vocabulary));
  return {
    model: clipText(config, weights, { target, skips: [0], normalize: true }),
    inputs: { tokens: { data: ids, shape: [rows, length] } },
  };
}

/** Draws numbers of mean 0 and variance 1, the same each time. */
export function randomNumbers(seed = 1): (...shape: number[]) => Values {
  const random = new Mt19937(seed);
  const [most, range] = [Math.sqrt(3), 2 ** 31];
  return (...shape) => ({
    data: Float32Array.from(
      { length: shape.reduce((product, n) => product * n, 1) },
      () => (random.uint32() / range - 1) * most,
    ),
    shape,
  });
}
