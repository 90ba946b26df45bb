import { channelsOf, crop, type Raster } from './raster.js';
import { resize } from './resize.js';

/** Mean and deviation of the pictures that CLIP was trained with, per channel. */
const MEAN = [0.48145466, 0.4578275, 0.40821073];
const DEVIATION = [0.26862954, 0.26130258, 0.27577711];

/**
 * What CLIP's image encoder is shown, [3, size, size]: the shorter side brought to `size` by a bicubic filter, the middle
 * cut out, and every channel brought to mean 0 and deviation 1.
 */
export function toClipTensor(raster: Raster, size: number): Float32Array {
  const shorter = Math.min(raster.width, raster.height);
  const scaled = (side: number) => (side === shorter ? size : Math.trunc((size * side) / shorter));
  const [width, height] = [scaled(raster.width), scaled(raster.height)];
  const small = resize(raster, width, height, 'bicubic');
  const middle = crop(small, Math.floor((width - size) / 2), Math.floor((height - size) / 2), size, size);
  const channels = channelsOf(middle);
  const planes = new Float32Array(middle.pixels.length);
  for (let i = 0; i < size * size; i++) {
    for (let c = 0; c < channels; c++) {
      planes[c * size * size + i] = (middle.pixels[i * channels + c]! / 255 - MEAN[c]!) / DEVIATION[c]!;
    }
  }
  return planes;
}
