/** Of the kernel of Keys 1981. */
const A = -0.75;

interface Size {
  width: number;
  height: number;
}

/**
 * A plane [height, width] brought to another size by a bicubic filter that looks at four samples whatever the scale, as
 * torch does it: other than for pictures, what is made smaller is not smoothed.
 */
export function resizeBicubicTensor(plane: Float32Array, from: Size, to: Size): Float32Array {
  const columns = taps(from.width, to.width);
  const rows = taps(from.height, to.height);
  const resized = new Float32Array(to.width * to.height);
  rows.forEach((row, y) => {
    columns.forEach((column, x) => {
      let sum = 0;
      for (const [sourceY, weightY] of row) {
        for (const [sourceX, weightX] of column) sum += plane[sourceY * from.width + sourceX]! * weightX * weightY;
      }
      resized[y * to.width + x] = sum;
    });
  });
  return resized;
}

/** Of each sample of the result, the samples of the source that make it, with their weights. */
function taps(from: number, to: number): [index: number, weight: number][][] {
  const scale = from / to;
  return Array.from({ length: to }, (_, i) => {
    const middle = scale * (i + 0.5) - 0.5;
    const before = Math.floor(middle);
    const inside = (index: number) => Math.min(Math.max(index, 0), from - 1);
    return [-1, 0, 1, 2].map((offset) => [inside(before + offset), weight(middle - before - offset)]);
  });
}

function weight(distance: number): number {
  const d = Math.abs(distance);
  if (d <= 1) return ((A + 2) * d - (A + 3)) * d * d + 1;
  return d < 2 ? (((d - 5) * d + 8) * d - 4) * A : 0;
}
