import { join } from 'node:path';
import type { SchedulerConfig } from '../../samplers/scheduler-config.js';
import type { Checkpoint, Component } from '../checkpoint.js';
import { networkFolder } from '../network-source.js';
import { openSafetensors, type SafetensorsFile } from '../safetensors.js';
import { locate, type TensorLocation } from '../weight-files.js';
import { detectKind } from './detect.js';
import { networkOf, type FileNetwork } from './file-network.js';
import { KINDS, type Kind } from './kinds.js';
import { settingsOf, type SingleFileSettings } from './settings.js';
import { textEncoderConfig, textEncoderTensors } from './text-encoder.js';
import { unetConfig } from './unet-config.js';
import { unetTensors } from './unet-places.js';
import { vaeConfig } from './vae-config.js';
import { VAE_PREFIXES, vaeTensors } from './vae-places.js';

/** The vocabulary of CLIP's tokenizer, which no single file brings. */
const CLIP_VOCABULARY = join(import.meta.dirname, '../../../assets/clip-vocab');

/** A network of a checkpoint, with its class in diffusers or transformers. */
type Part = FileNetwork & { className: string; padToken?: string };

/**
 * Opens a checkpoint in one file, with the names of the original Stable Diffusion code. Its parts look like those of a
 * folder: the tensors stay where they are and get diffusers' names; the configurations come from the shapes of the
 * tensors and from what is published of the file's kind. Throws CheckpointError.
 *
 * @param settings instead of those in the file's metadata
 */
export async function openSingleFile(path: string, settings?: SingleFileSettings): Promise<Checkpoint> {
  const file = await openSafetensors(path);
  const chosen = settings ?? settingsOf(file);
  const kind: Kind = KINDS[chosen.kind ?? (await detectKind(file))];
  const components = new Map<string, Component>();
  for (const part of partsOf(locate(file), kind, chosen.ema ?? false, path)) {
    const { name, className, padToken } = part;
    components.set(name, { className, ...networkOf(file, part, chosen) });
    if (padToken === undefined) continue;
    const tokenizer = { className: 'CLIPTokenizer', padToken, ...networkFolder(CLIP_VOCABULARY) };
    components.set(name.replace('text_encoder', 'tokenizer'), tokenizer);
  }
  return {
    path,
    pipelineClass: kind.pipelineClass,
    index: { _class_name: kind.pipelineClass, ...kind.settings },
    components,
    scheduler: schedulerConfig(file, kind, chosen),
  };
}

/** The networks that a file of some kind has; some files leave the autoencoder or text encoders to others. */
function* partsOf(
  tensors: ReadonlyMap<string, TensorLocation>,
  kind: Kind,
  averaged: boolean,
  path: string,
): Generator<Part> {
  yield {
    name: 'unet',
    className: 'UNet2DConditionModel',
    tensors: unetTensors(tensors, averaged, path),
    configure: (shapes) => unetConfig(shapes, kind.unet),
  };
  const vae = vaeTensors(tensors, VAE_PREFIXES);
  if (vae.size > 0) {
    const configure: Part['configure'] = (shapes) => ({ ...vaeConfig(shapes), ...kind.vae });
    yield { name: 'vae', className: 'AutoencoderKL', tensors: vae, configure };
  }
  for (const [name, { encoder, prefixes }] of Object.entries(kind.textEncoders)) {
    const found = textEncoderTensors(tensors, prefixes, encoder);
    if (found.size === 0) continue;
    const { className, padToken } = encoder;
    yield { name, className, padToken, tensors: found, configure: (shapes) => textEncoderConfig(shapes, encoder) };
  }
}

function schedulerConfig({ tensors }: SafetensorsFile, kind: Kind, { config }: SingleFileSettings): SchedulerConfig {
  return {
    ...kind.scheduler,
    // The mark of a training with noise up to pure noise.
    ...(tensors.has('ztsnr') ? { rescale_betas_zero_snr: true } : {}),
    ...config?.scheduler,
  };
}
