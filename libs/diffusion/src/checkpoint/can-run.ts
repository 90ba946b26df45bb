import { memoryOfRun, type DrawnSize, type Footprint } from '../networks/run-memory.js';
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

interface Published extends Footprint {
  architecture: Architecture;
  usualSide: number;
}

/** What the published checkpoints, of which most others are made, have in common. */
const COMMON = {
  unet: { levels: [{ channels: 320, down: [1, 1], up: [1, 1, 1] }] },
  vae: { levels: [128, 256, 512, 512], sampleSize: 512, pictureChannels: 3, forceUpcast: true },
  sizeMultiple: 8,
};
const VAE = 83.7e6;
const PUBLISHED: readonly Published[] = [
  {
    ...{ ...COMMON, architecture: 'sd1', usualSide: 512, texts: [{ length: 77, width: 768 }] },
    weights: { unet: 859.5e6, texts: 123.1e6, vae: VAE },
  },
  {
    ...{ ...COMMON, architecture: 'sd2', usualSide: 768, texts: [{ length: 77, width: 1024 }] },
    weights: { unet: 865.9e6, texts: 340.4e6, vae: VAE },
  },
  {
    ...{ ...COMMON, architecture: 'sdxl', usualSide: 1024 },
    unet: { levels: [{ channels: 320, down: null, up: null }] },
    texts: [768, 1280].map((width) => ({ length: 77, width })),
    weights: { unet: 2567.5e6, texts: 817.7e6, vae: VAE },
  },
];
const SIDES = [64, 128, 256, 512, 768, 1024, 1280, 1536, 2048, 3072, 4096];

/** What checkpoints of the published shapes can draw within some memory, by the estimate that runs are refused by. */
export function whatCanRun(memoryBytes: number, precision: Precision = 'F32'): CanRun[] {
  return PUBLISHED.map((published) => ({
    architecture: published.architecture,
    largestSide: largestSide(published, memoryBytes, precision),
    usualSide: published.usualSide,
    usualBytes: memoryOfRun(published, square(published.usualSide), precision),
  }));
}

/** Side of the largest square picture that a checkpoint draws with guidance; null where not even the smallest fits. */
export function largestSide(footprint: Footprint, memoryBytes: number, precision: Precision): number | null {
  const fits = (side: number) => memoryOfRun(footprint, square(side), precision) <= memoryBytes;
  return SIDES.findLast(fits) ?? null;
}

const square = (side: number): DrawnSize => ({ width: side, height: side, pictures: 1, views: 2 });

/** In a few words, such as `SD 1 up to 2048x2048`. */
export function describeCanRun({ architecture, largestSide, usualBytes, usualSide }: CanRun): string {
  const name = { sd1: 'SD 1', sd2: 'SD 2', sdxl: 'SDXL', 'sdxl-refiner': "SDXL's refiner", ldm: 'LDM' }[architecture];
  return largestSide === null || largestSide < usualSide
    ? `${name} not at ${usualSide}x${usualSide}, which needs ${(usualBytes / 1e9).toFixed(1)} GB`
    : `${name} up to ${largestSide}x${largestSide}`;
}
