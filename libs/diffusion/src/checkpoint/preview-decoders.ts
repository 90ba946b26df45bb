/** Which preview decoder shows which checkpoint: both tell whose latents they have. */
import { basename } from 'node:path';
import { readAutoencoderConfig } from '../networks/autoencoder-config.js';
import { Config } from '../networks/config.js';
import { readTinyVaeConfig } from '../networks/tiny-vae.js';
import { openCheckpoint, requireComponent } from './checkpoint.js';
import { CheckpointError } from './checkpoint-error.js';
import type { ModelKind } from './model-kind.js';
import { networkFolder } from './network-source.js';

/**
 * What tells the latents of one autoencoder from those of another. The scaling factor is one over the deviation that its
 * training measured, so that no two have the same by chance; copies of it, fine-tuned decoders and checkpoints keep it.
 */
export interface Latents {
  channels: number;
  scalingFactor: number;
}

/** Key in a decoder's `config.json`: its own `scaling_factor` is 1, as it takes latents as the U-Net has them. */
const KEY = 'latents_scaling_factor';
/** The public decoders of SD 1 and 2 and of SDXL do not say: they are known by the names under which they are published. */
const published: Readonly<Record<string, number>> = { taesd: 0.18215, taesdxl: 0.13025 };
/** Configurations round: SDXL's factor is found as 0.13025 and 0.1303. */
const ROUNDING = 1e-3;

/** Whose latents a preview decoder shows. Throws CheckpointError for one that does not say, or that cannot be run. */
export async function latentsOfPreviewDecoder(path: string): Promise<Latents> {
  const source = networkFolder(path);
  const json = await source.readConfig();
  const { latentChannels: channels } = readTinyVaeConfig(json, path);
  await source.openWeights();
  const config = new Config(json, path);
  const scalingFactor = config.has(KEY) ? config.number(KEY) : published[basename(path)];
  if (scalingFactor === undefined) {
    throw new CheckpointError(
      `${path} does not say whose latents it shows: its config.json needs "${KEY}", that of the autoencoder: ` +
        `${published.taesd} of SD 1 and 2, ${published.taesdxl} of SDXL.`,
    );
  }
  return { channels, scalingFactor };
}

/** The latents of a checkpoint. Throws CheckpointError. */
async function latentsOfCheckpoint(path: string): Promise<Latents> {
  const checkpoint = await openCheckpoint(path);
  const vae = requireComponent(checkpoint, checkpoint.components.has('vqvae') ? 'vqvae' : 'vae');
  const { latentChannels, scalingFactor } = readAutoencoderConfig(await vae.readConfig(), vae.path);
  return { channels: latentChannels, scalingFactor };
}

/** A model, as far as it matters here. */
interface Named {
  path: string;
  kind: ModelKind;
  sha256: string;
}

/**
 * The path of the preview decoder of each checkpoint that has one, by the checkpoint's hash; of several the first.
 *
 * @param onTrouble told of decoders that are passed over
 */
export async function matchPreviewDecoders(
  models: readonly Named[],
  onTrouble: (path: string, why: string) => void,
): Promise<Map<string, string>> {
  const decoders: { path: string; latents: Latents }[] = [];
  for (const { path } of models.filter(({ kind }) => kind === 'preview-decoder')) {
    try {
      decoders.push({ path, latents: await latentsOfPreviewDecoder(path) });
    } catch (error) {
      onTrouble(path, (error as Error).message);
    }
  }
  const matched = new Map<string, string>();
  if (decoders.length === 0) return matched;
  for (const { path, sha256 } of models.filter(({ kind }) => kind === 'checkpoint')) {
    // What cannot be read is told where it is to draw.
    const latents = await latentsOfCheckpoint(path).catch(() => undefined);
    const decoder = latents && decoders.find((decoder) => areAlike(decoder.latents, latents));
    if (decoder) matched.set(sha256, decoder.path);
  }
  return matched;
}

function areAlike(one: Latents, other: Latents): boolean {
  const off = Math.abs(one.scalingFactor - other.scalingFactor);
  return one.channels === other.channels && off <= ROUNDING * other.scalingFactor;
}
