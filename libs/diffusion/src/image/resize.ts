import { InputError } from '../errors.js';
import { channelsOf, type Raster } from './raster.js';

/** A kernel and how far it reaches, in pixels of the source or, when shrinking, of the result. */
interface Kernel {
  support: number;
  weight: (distance: number) => number;
}

const KERNELS = {
  bilinear: { support: 1, weight: (x) => Math.max(1 - Math.abs(x), 0) },
  /** Keys 1981 with a = -0.5. */
  bicubic: {
    support: 2,
    weight: (x) => {
      const d = Math.abs(x);
      if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
      return d < 2 ? -0.5 * (((d - 5) * d + 8) * d - 4) : 0;
    },
  },
  lanczos: { support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
} as const satisfies Record<string, Kernel>;

export type ResizeFilter = keyof typeof KERNELS | 'nearest';

/** The part of the source that is stretched over the result, in pixels and fractions of them. */
export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Fraction bits of the weights: with 8 of a sample and 2 to spare they fill 32. */
const PRECISION = 22;

/** Resizes as Pillow does, to the bit: two passes with fixed-point weights, rounded to 8 bits between. */
export function resize(raster: Raster, width: number, height: number, filter: ResizeFilter, box?: Box): Raster {
  if (!(width >= 1 && height >= 1 && Number.isInteger(width) && Number.isInteger(height))) {
    throw new InputError(`A picture cannot be ${width}x${height}; both sides must be whole numbers from 1.`);
  }
  const part = box ?? { left: 0, top: 0, right: raster.width, bottom: raster.height };
  if (filter === 'nearest') return resizeNearest(raster, width, height, part);
  const wide =
    width === raster.width && part.left === 0 && part.right === width
      ? raster
      : resampleRows(raster, width, contributions(raster.width, part.left, part.right, width, KERNELS[filter]));
  return height === wide.height && part.top === 0 && part.bottom === height
    ? wide
    : resampleColumns(wide, height, contributions(wide.height, part.top, part.bottom, height, KERNELS[filter]));
}

/** Which samples of the source make each sample of the result, and by how much. */
interface Contributions {
  /** First sample of the source, per sample of the result. */
  first: Int32Array;
  /** Number of samples, per sample of the result. */
  count: Int32Array;
  /** Weights in fixed point, `stride` per sample of the result. */
  weights: Int32Array;
  stride: number;
}

function contributions(size: number, from: number, to: number, result: number, kernel: Kernel): Contributions {
  const scale = (to - from) / result;
  const stretch = Math.max(scale, 1);
  const support = kernel.support * stretch;
  const stride = Math.ceil(support) * 2 + 1;
  const [first, count] = [new Int32Array(result), new Int32Array(result)];
  const weights = new Int32Array(result * stride);
  for (let i = 0; i < result; i++) {
    const center = from + (i + 0.5) * scale;
    const low = Math.max(Math.trunc(center - support + 0.5), 0);
    const high = Math.min(Math.trunc(center + support + 0.5), size);
    const exact: number[] = [];
    for (let x = low; x < high; x++) exact.push(kernel.weight((x - center + 0.5) / stretch));
    const sum = exact.reduce((a, b) => a + b, 0);
    exact.forEach((weight, k) => {
      const fixed = (weight / sum) * 2 ** PRECISION;
      weights[i * stride + k] = Math.trunc(fixed < 0 ? fixed - 0.5 : fixed + 0.5);
    });
    first[i] = low;
    count[i] = exact.length;
  }
  return { first, count, weights, stride };
}

function resampleRows(source: Raster, width: number, by: Contributions): Raster {
  const channels = channelsOf(source);
  const pixels = new Uint8Array(width * source.height * channels);
  for (let y = 0; y < source.height; y++) {
    for (let x = 0; x < width; x++) {
      const start = (y * source.width + by.first[x]!) * channels;
      for (let c = 0; c < channels; c++) {
        pixels[(y * width + x) * channels + c] = weigh(source.pixels, start + c, channels, by, x);
      }
    }
  }
  return { width, height: source.height, pixels };
}

function resampleColumns(source: Raster, height: number, by: Contributions): Raster {
  const rowLength = source.width * channelsOf(source);
  const pixels = new Uint8Array(height * rowLength);
  for (let y = 0; y < height; y++) {
    const start = by.first[y]! * rowLength;
    for (let x = 0; x < rowLength; x++) {
      pixels[y * rowLength + x] = weigh(source.pixels, start + x, rowLength, by, y);
    }
  }
  return { width: source.width, height, pixels };
}

/** Weighted sum of every `step`-th sample from `start` on, for sample `i` of the result. */
function weigh(samples: Uint8Array, start: number, step: number, by: Contributions, i: number): number {
  const { weights, stride, count } = by;
  let sum = 1 << (PRECISION - 1);
  for (let k = 0, at = start; k < count[i]!; k++, at += step) sum += samples[at]! * weights[i * stride + k]!;
  const value = sum >> PRECISION;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

function resizeNearest(source: Raster, width: number, height: number, box: Box): Raster {
  const channels = channelsOf(source);
  const columns = nearest(box.left, box.right, width, source.width);
  const rows = nearest(box.top, box.bottom, height, source.height);
  const pixels = new Uint8Array(width * height * channels);
  let at = 0;
  for (const y of rows) {
    for (const x of columns) {
      const start = (y * source.width + x) * channels;
      for (let c = 0; c < channels; c++) pixels[at++] = source.pixels[start + c]!;
    }
  }
  return { width, height, pixels };
}

/** The source's sample under the middle of each sample of the result; summed up step by step, as Pillow does. */
function nearest(from: number, to: number, result: number, size: number): number[] {
  const step = (to - from) / result;
  let position = from + step * 0.5;
  return Array.from({ length: result }, () => {
    const sample = Math.min(Math.trunc(position), size - 1);
    position += step;
    return sample;
  });
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}
