import { resizeBicubicTensor } from '../../image/bicubic-tensor.js';
import type { Influence } from '../influence.js';
import { repeatedTo } from '../start.js';

/** How far what is seen lies, of any scale: the larger, the nearer. */
export interface DepthMap {
  /** [height, width] */
  values: Float32Array;
  width: number;
  height: number;
}

/** Tells a depth checkpoint how far what is drawn lies: its U-Net sees the map, brought to values from -1 to 1. */
export function depth(map: DepthMap): Influence {
  return {
    channels: 1,
    prepare: async ({ pictures, shape }) => {
      const [, height, width] = shape as [number, number, number];
      const small = normalized(resizeBicubicTensor(map.values, map, { width, height })); // [1, h, w]
      return { channels: repeatedTo(small, pictures, small.length) };
    },
  };
}

/** A map without differences has no scale: it lies in the middle. */
function normalized(values: Float32Array): Float32Array {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const range = Math.fround(most - least);
  return values.map((value) => (range > 0 ? Math.fround((2 * Math.fround(value - least)) / range) - 1 : 0));
}
