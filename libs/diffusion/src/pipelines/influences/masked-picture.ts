import type { Raster } from '../../image/raster.js';
import { toMaskTensor } from '../../image/tensor.js';
import type { SourcePicture } from '../start.js';

/** A picture without what is repainted: gray where the mask is white. */
export function masked(picture: SourcePicture, mask: Raster): SourcePicture {
  const repainted = toMaskTensor(mask); // [1, height, width]
  return { ...picture, values: picture.values.map((value, i) => value * (1 - repainted[i % repainted.length]!)) };
}
