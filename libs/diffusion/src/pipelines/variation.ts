import { createGenerator, type GeneratorKind } from '../random/generator.js';
import { joined, type NoiseSource } from './noise.js';

/** Another seed, whose noise a picture's own is turned towards. */
export interface Variation {
  seed: number;
  /** 0 leaves the picture's own noise, 1 takes the other. */
  strength: number;
}

/**
 * Noise of which the first that pictures are drawn from is turned towards that of other seeds, as AUTOMATIC1111's variation
 * seeds do. What is drawn later, and what a picture is encoded with, stays as it is.
 *
 * @param variations one per picture; undefined for none
 */
export function variedNoise(
  noise: NoiseSource,
  kind: GeneratorKind,
  variations: readonly (Variation | undefined)[],
): NoiseSource {
  if (variations.every((variation) => variation === undefined)) return noise;
  let first = true;
  return (shape, what) => {
    const own = noise(shape, what);
    if (!first || what === 'source') return own;
    first = false;
    const size = own.length / variations.length;
    return joined(
      variations.map((variation, i) => {
        const mine = own.subarray(i * size, (i + 1) * size);
        if (!variation) return mine;
        const other = createGenerator(kind, variation.seed).randn([1, ...shape]);
        return turned(mine, other, variation.strength, shape);
      }),
    );
  };
}

/** Vectors that lie this near to each other are mixed instead of turned. */
const PARALLEL = 0.9995;

/** Spherical interpolation of the columns of [channels, height, width], Shoemake 1985, from `a` towards `b`. */
export function turned(a: Float32Array, b: Float32Array, share: number, shape: readonly number[]): Float32Array {
  const [height, width] = [shape.at(-2)!, shape.at(-1)!];
  const columns = a.length / height;
  const at = (column: number, y: number) => (Math.floor(column / width) * height + y) * width + (column % width);
  const cosines = Array.from({ length: columns }, (_, column) => {
    let [dot, aa, bb] = [0, 0, 0];
    for (let y = 0; y < height; y++) {
      const [p, q] = [a[at(column, y)]!, b[at(column, y)]!];
      dot += p * q;
      aa += p * p;
      bb += q * q;
    }
    return dot / Math.sqrt(aa * bb);
  });
  const result = new Float32Array(a.length);
  const parallel = cosines.reduce((sum, cosine) => sum + cosine, 0) / columns > PARALLEL;
  for (let column = 0; column < columns; column++) {
    const angle = Math.acos(cosines[column]!);
    const [own, other] = parallel
      ? [1 - share, share]
      : [Math.sin((1 - share) * angle) / Math.sin(angle), Math.sin(share * angle) / Math.sin(angle)];
    for (let y = 0; y < height; y++) result[at(column, y)] = own * a[at(column, y)]! + other * b[at(column, y)]!;
  }
  return result;
}
