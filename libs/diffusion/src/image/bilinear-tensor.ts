/** Sides of planes. */
interface Size {
  width: number;
  height: number;
}

/** Planes brought to a size by a bilinear filter, as torch's `interpolate` does without aligned corners. */
export function resizeBilinearTensor(planes: Float32Array, from: Size, to: Size): Float32Array {
  const [rows, columns] = [taps(from.height, to.height), taps(from.width, to.width)];
  const size = from.width * from.height;
  const resized = new Float32Array((planes.length / size) * to.width * to.height);
  let at = 0;
  for (let plane = 0; plane < planes.length; plane += size) {
    const value = (y: number, x: number) => planes[plane + y * from.width + x]!;
    for (const { low: top, high: bottom, share: down } of rows) {
      for (const { low: left, high: right, share: across } of columns) {
        const upper = value(top, left) * (1 - across) + value(top, right) * across;
        const lower = value(bottom, left) * (1 - across) + value(bottom, right) * across;
        resized[at++] = upper * (1 - down) + lower * down;
      }
    }
  }
  return resized;
}

/** The two samples that each sample of the result lies between, and how near it is to the second. */
function taps(from: number, to: number): { low: number; high: number; share: number }[] {
  return Array.from({ length: to }, (_, i) => {
    const place = Math.max(((i + 0.5) * from) / to - 0.5, 0);
    const low = Math.min(Math.floor(place), from - 1);
    return { low, high: Math.min(low + 1, from - 1), share: place - low };
  });
}
