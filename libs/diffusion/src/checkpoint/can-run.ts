import { decoderWorkspace, unetWorkspace } from '../networks/workspace.js';
import type { Precision } from '../networks/weights.js';
import type { Architecture } from './describe.js';

/** What some memory is enough for. */
export interface CanRun {
  architecture: Architecture;
  /** Side of the largest square picture with guidance; null where not even the smallest fits. */
  largestSide: number | null;
  /** What a picture of the usual size needs at least, bytes. */
  usualSide: number;
  usualBytes: number;
}

interface Published {
  architecture: Architecture;
  usualSide: number;
  /** Parameters of the U-Net. */
  unet: number;
  /** Parameters of the text encoders together. */
  texts: number;
}

/** The published checkpoints, of which most others are made. */
const PUBLISHED: readonly Published[] = [
  { architecture: 'sd1', usualSide: 512, unet: 859.5e6, texts: 123.1e6 },
  { architecture: 'sd2', usualSide: 768, unet: 865.9e6, texts: 340.4e6 },
  { architecture: 'sdxl', usualSide: 1024, unet: 2567.5e6, texts: 817.7e6 },
];
/** They share these. */
const [VAE_PARAMETERS, UNET_CHANNELS, VAE_LEVELS, VAE_FACTOR, LARGEST_TILE] = [83.7e6, 320, [128, 256], 8, 512];
const PROCESS_BYTES = 150e6;
const FLOAT = 4;
const SIDES = [256, 512, 768, 1024, 1280, 1536, 2048, 3072, 4096];

/** What checkpoints of the published shapes can draw within some memory, by the estimate that runs are refused by. */
export function whatCanRun(memoryBytes: number, precision: Precision = 'F32'): CanRun[] {
  return PUBLISHED.map((published) => ({
    architecture: published.architecture,
    largestSide: SIDES.findLast((side) => needed(published, side, precision) <= memoryBytes) ?? null,
    usualSide: published.usualSide,
    usualBytes: needed(published, published.usualSide, precision),
  }));
}

/** The most of the phases: each can let go of what the others have loaded. */
function needed({ unet, texts }: Published, side: number, precision: Precision): number {
  const latents = side / VAE_FACTOR;
  const tile = side * side > 1536 * 1024 ? LARGEST_TILE : side;
  const share = precision === 'F16' ? 0.5 : 1;
  // The autoencoder stays in float32.
  const phases = [
    share * FLOAT * texts,
    share * (FLOAT * unet + unetWorkspace({ levels: [{ channels: UNET_CHANNELS }] }, 2, latents, latents)),
    FLOAT * VAE_PARAMETERS + decoderWorkspace({ levels: VAE_LEVELS }, tile, tile),
  ];
  return PROCESS_BYTES + Math.max(...phases);
}

/** In a few words, such as `SD 1 up to 2048x2048`. */
export function describeCanRun({ architecture, largestSide, usualBytes, usualSide }: CanRun): string {
  const name = { sd1: 'SD 1', sd2: 'SD 2', sdxl: 'SDXL', 'sdxl-refiner': "SDXL's refiner", ldm: 'LDM' }[architecture];
  return largestSide === null || largestSide < usualSide
    ? `${name} not at ${usualSide}x${usualSide}, which needs ${(usualBytes / 1e9).toFixed(1)} GB`
    : `${name} up to ${largestSide}x${largestSide}`;
}
