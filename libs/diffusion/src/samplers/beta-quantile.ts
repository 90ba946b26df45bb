/** The value below which a share of the beta distribution lies; `a` and `b` are its parameters. */
export function betaQuantile(share: number, a: number, b: number): number {
  if (share <= 0) return 0;
  if (share >= 1) return 1;
  let [low, high] = [0, 1];
  for (;;) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) return middle;
    if (betaShare(middle, a, b) < share) low = middle;
    else high = middle;
  }
}

/**
 * The share of the beta distribution below `x`: the regularized incomplete beta function, by its continued fraction
 * (NIST DLMF 8.17.22).
 */
function betaShare(x: number, a: number, b: number): number {
  // The fraction converges fast on one side of the mean only; the other side is its mirror image.
  if (x > (a + 1) / (a + b + 2)) return 1 - betaShare(1 - x, b, a);
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - logBeta(a, b)) / a;
  let [fraction, c, d] = [1, 1, 0];
  for (let i = 0; i < 300; i++) {
    const m = Math.floor(i / 2);
    const term =
      i === 0
        ? 1
        : i % 2 === 0
          ? (m * (b - m) * x) / ((a + i - 1) * (a + i))
          : (-(a + m) * (a + b + m) * x) / ((a + i - 1) * (a + i));
    d = 1 / (1 + term * d);
    c = 1 + term / c;
    fraction *= c * d;
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  return front * (fraction - 1);
}

function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/** Logarithm of the gamma function: Stirling's series (NIST DLMF 5.11.1) above 10, by recurrence below. */
function logGamma(z: number): number {
  if (z < 10) return logGamma(z + 1) - Math.log(z);
  const series = 1 / (12 * z) - 1 / (360 * z ** 3) + 1 / (1260 * z ** 5) - 1 / (1680 * z ** 7);
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series;
}
