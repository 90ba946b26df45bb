/** A vector with the factor that it enters a sum with. */
export type Term = readonly [factor: number, vector: Float32Array];

/** Sum of factor times vector over all terms, of equal length; computed in double and rounded once. */
export function combine(...terms: Term[]): Float32Array {
  const [[a, x], second, third] = terms as [Term, Term?, Term?];
  const sum = new Float32Array(x.length);
  if (terms.length === 2) {
    const [b, y] = second!;
    for (let i = 0; i < sum.length; i++) sum[i] = a * x[i]! + b * y[i]!;
  } else if (terms.length === 3) {
    const [b, y] = second!;
    const [c, z] = third!;
    for (let i = 0; i < sum.length; i++) sum[i] = a * x[i]! + b * y[i]! + c * z[i]!;
  } else {
    for (let i = 0; i < sum.length; i++) {
      let value = 0;
      for (const [factor, vector] of terms) value += factor * vector[i]!;
      sum[i] = value;
    }
  }
  return sum;
}

/** Each value brought into [-limit, limit], in a new vector. */
export function clamp(vector: Float32Array, limit: number): Float32Array {
  return vector.map((value) => (value > limit ? limit : value < -limit ? -limit : value));
}
