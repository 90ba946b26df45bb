/** Memory that whole runs take, from configurations and sizes of weights alone. */
import type { ClipTextConfig } from './clip-text-config.js';
import { isTiledBySize, tileSide, type Tiled } from './tiles-of-size.js';
import type { Precision } from './weights.js';
import { decoderWorkspace, encoderWorkspace, textWorkspace, unetWorkspace, type Finest } from './workspace.js';

/** What of a checkpoint decides how much memory its runs take. */
export interface Footprint {
  /** Numbers in the weights of its networks. */
  weights: { texts: number; unet: number; vae: number };
  texts: readonly Pick<ClipTextConfig, 'length' | 'width'>[];
  unet: Finest;
  vae: Tiled & { pictureChannels: number; forceUpcast?: boolean };
  /** Pixels per latent in each direction. */
  sizeMultiple: number;
  /** Whether the U-Net is told the scale of guidance, and so has it within. @default false */
  distilled?: boolean;
}

/** What of a run does. */
export interface DrawnSize {
  /** Pixels. */
  width: number;
  height: number;
  /** Pictures that are drawn together. */
  pictures: number;
  /** How often the U-Net is shown each of them at once: twice where there is guidance that it has not within. */
  views: number;
  /** Whether they are frames of a clip. @default false */
  moving?: boolean;
  /** Whether it begins from a picture. @default false */
  encodes?: boolean;
  /** @default as large pictures are, where nobody says */
  tiled?: boolean;
}

/** What the engine's process takes without any network, bytes. */
const PROCESS_BYTES = 150e6;
/** Copies in float32 of pictures in our hands. */
const COPIES = 4;
const BYTES = { F32: 4, F16: 2 } as const;

/**
 * Memory that a run needs at least, bytes: the most of its phases, since each can let go of what the others have loaded.
 *
 * @param more numbers in weights of networks that take part in each step beside the checkpoint's own
 */
export function memoryOfRun(footprint: Footprint, drawn: DrawnSize, precision: Precision, more = 0): number {
  const { weights, texts, unet, vae, sizeMultiple, distilled = false } = footprint;
  const { width, height, pictures, views, moving = false, encodes = false } = drawn;
  const { tiled = isTiledBySize(vae, height, width) } = drawn;
  const [each, share] = [BYTES[precision], BYTES[precision] / BYTES.F32];
  const rows = (distilled ? 1 : views) * pictures;
  const [across, down] = [width, height].map((side) => (tiled ? Math.min(side, tileSide(vae)) : side)) as [
    number,
    number,
  ];
  const ofVae = (vae.forceUpcast ? BYTES.F32 : each) * weights.vae;
  const phases = [
    each * weights.texts + share * Math.max(0, ...texts.map((text) => textWorkspace(text, moving ? views : rows))),
    each * (weights.unet + more) +
      share * unetWorkspace(unet, rows, height / sizeMultiple, width / sizeMultiple, moving),
    ofVae + decoderWorkspace(vae, down, across),
    ...(encodes ? [ofVae + encoderWorkspace(vae, down, across)] : []),
  ];
  const inHand = COPIES * BYTES.F32 * vae.pictureChannels * pictures * width * height;
  return PROCESS_BYTES + inHand + Math.max(...phases);
}
