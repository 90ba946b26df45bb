import { channelsOf, toGray, type Raster } from './raster.js';

/** Samples from 0 to 1, [channels, height, width]: what ControlNets are shown. */
export function toUnitTensor(raster: Raster): Float32Array {
  return toPlanes(raster, (sample) => Math.fround(sample / 255));
}

/** Samples from -1 to 1, [channels, height, width]: what a VAE encodes. */
export function toSignedTensor(raster: Raster): Float32Array {
  return toPlanes(raster, (sample) => 2 * Math.fround(sample / 255) - 1);
}

/** A mask as 0 and 1, [1, height, width]: 1 where it is at least half white. */
export function toMaskTensor(mask: Raster): Float32Array {
  return toPlanes(toGray(mask), (sample) => (sample >= 127.5 ? 1 : 0));
}

/** Planes brought to a smaller or larger size by the nearest sample, as masks are brought to the size of latents. */
export function resizeNearestTensor(
  planes: Float32Array,
  from: { width: number; height: number },
  to: { width: number; height: number },
): Float32Array {
  const columns = nearestSamples(from.width, to.width);
  const rows = nearestSamples(from.height, to.height);
  const size = from.width * from.height;
  const resized = new Float32Array((planes.length / size) * to.width * to.height);
  let at = 0;
  for (let plane = 0; plane < planes.length; plane += size) {
    for (const y of rows) for (const x of columns) resized[at++] = planes[plane + y * from.width + x]!;
  }
  return resized;
}

function nearestSamples(from: number, to: number): number[] {
  const scale = Math.fround(from / to);
  return Array.from({ length: to }, (_, i) => Math.min(Math.floor(Math.fround(i * scale)), from - 1));
}

function toPlanes(raster: Raster, value: (sample: number) => number): Float32Array {
  const channels = channelsOf(raster);
  const size = raster.width * raster.height;
  const planes = new Float32Array(raster.pixels.length);
  const table = Float32Array.from({ length: 256 }, (_, sample) => value(sample));
  for (let i = 0; i < size; i++) {
    for (let c = 0; c < channels; c++) planes[c * size + i] = table[raster.pixels[i * channels + c]!]!;
  }
  return planes;
}
