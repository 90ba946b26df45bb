/**
 * Memory that networks compute in, beside their weights, in bytes: what ONNX Runtime's CPU provider was measured to take
 * in float32, rounded up; half precision takes half. `npm run bench -- engine` prints it beside what is measured.
 */
import type { ClipTextConfig } from './clip-text-config.js';
import type { TinyVaeConfig } from './tiny-vae.js';
import type { UnetConfig } from './unet-config.js';
import type { VaeConfig } from './vae-config.js';

const FLOAT = 4;

/** What of a U-Net's configuration counts. */
export interface Finest {
  levels: readonly Pick<UnetConfig['levels'][number], 'channels' | 'down' | 'up'>[];
}

/**
 * Tensors of the finest level that are alive at once: skip connections and convolutions, beside them, where that level
 * attends, the gates of feed-forward networks, which frames of clips go through in parts.
 */
const [UNET_TENSORS, GATE_TENSORS] = [16, 12];

/**
 * @param rows pictures, twice where there is guidance
 * @param height and width in latents
 * @param moving whether the pictures are frames
 */
export function unetWorkspace({ levels }: Finest, rows: number, height: number, width: number, moving = false): number {
  const { channels, down, up } = levels[0]!;
  const tensors = UNET_TENSORS + ((down ?? up) && !moving ? GATE_TENSORS : 0);
  return tensors * FLOAT * rows * height * width * channels;
}

/** Tensors of the finest level of an autoencoder that are alive at once, and of its encoder. */
const [DECODER_TENSORS, ENCODER_TENSORS] = [4.2, 4.2];

/** @param height and width of the picture or the tile, pixels */
export function decoderWorkspace(
  config: Pick<VaeConfig, 'levels'> | TinyVaeConfig,
  height: number,
  width: number,
): number {
  if (!('levels' in config)) return tinyWorkspace(config.decoder, height, width);
  // The finest level begins with the channels of the one before it.
  const channels = Math.max(...config.levels.slice(0, 2));
  return DECODER_TENSORS * FLOAT * channels * height * width;
}

export function encoderWorkspace(
  config: Pick<VaeConfig, 'levels'> | TinyVaeConfig,
  height: number,
  width: number,
): number {
  if (!('levels' in config)) return tinyWorkspace(config.encoder, height, width);
  return ENCODER_TENSORS * FLOAT * config.levels[0]! * height * width;
}

function tinyWorkspace(levels: readonly { channels: number }[], height: number, width: number): number {
  return DECODER_TENSORS * FLOAT * Math.max(...levels.map(({ channels }) => channels)) * height * width;
}

/** Tensors of a layer that are alive at once. */
const TEXT_TENSORS = 24;

/** @param texts that are read at once */
export function textWorkspace({ length, width }: Pick<ClipTextConfig, 'length' | 'width'>, texts: number): number {
  return TEXT_TENSORS * FLOAT * texts * length * width;
}
