const LONGEST_PERIOD = 10_000;

export interface SinusoidOptions {
  /** Cosines before sines. @default false */
  cosineFirst?: boolean;
  /** Taken from the number of frequencies where they are spread: 1 makes the lowest exactly 1 / 10000. @default 0 */
  frequencyShift?: number;
}

/**
 * Numbers as waves of falling frequency (Vaswani et al. 2017, section 3.5): one row of `width` values for each. Every
 * operation is rounded to float32, in the order of the reference: the phases of large timesteps depend on it.
 */
export function sinusoids(values: ArrayLike<number>, width: number, options: SinusoidOptions = {}): Float32Array {
  const { cosineFirst = false, frequencyShift = 0 } = options;
  const half = Math.floor(width / 2);
  const frequencies = Float32Array.from({ length: half }, (_, i) =>
    Math.exp(f32(f32(-Math.log(LONGEST_PERIOD) * i) / (half - frequencyShift))),
  );
  return waves(values, width, frequencies, cosineFirst);
}

/** A guidance scale as models distilled with it are told (Meng et al. 2022, arXiv:2210.03142): [width] values. */
export function guidanceSinusoids(guidanceScale: number, width: number): Float32Array {
  const half = Math.floor(width / 2);
  const fall = f32(f32(Math.log(LONGEST_PERIOD)) / (half - 1));
  const frequencies = Float32Array.from({ length: half }, (_, i) => Math.exp(f32(i * -fall)));
  return waves([f32(guidanceScale - 1) * 1000], width, frequencies, false);
}

function waves(
  values: ArrayLike<number>,
  width: number,
  frequencies: Float32Array,
  cosineFirst: boolean,
): Float32Array {
  const half = frequencies.length;
  const rows = new Float32Array(values.length * width);
  for (let row = 0; row < values.length; row++) {
    for (let i = 0; i < half; i++) {
      const phase = f32(f32(values[row]!) * frequencies[i]!);
      rows[row * width + i] = cosineFirst ? Math.cos(phase) : Math.sin(phase);
      rows[row * width + half + i] = cosineFirst ? Math.sin(phase) : Math.cos(phase);
    }
  }
  return rows;
}

/** A number rounded to float32. */
const f32 = Math.fround;
