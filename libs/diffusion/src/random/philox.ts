const ROUNDS = 10;

/**
 * Philox4x32-10 of Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3": replaces a counter of four words
 * by four random words.
 */
export function philox4x32(counter: Uint32Array, key: readonly [number, number]): void {
  let [c0, c1, c2, c3] = [counter[0]!, counter[1]!, counter[2]!, counter[3]!];
  let [key0, key1] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const next0 = multiplyHigh(0xcd9e8d57, c2) ^ c1 ^ key0;
    const next2 = multiplyHigh(0xd2511f53, c0) ^ c3 ^ key1;
    c1 = Math.imul(0xcd9e8d57, c2);
    c3 = Math.imul(0xd2511f53, c0);
    c0 = next0;
    c2 = next2;
    key0 = (key0 + 0x9e3779b9) | 0;
    key1 = (key1 + 0xbb67ae85) | 0;
  }
  counter[0] = c0;
  counter[1] = c1;
  counter[2] = c2;
  counter[3] = c3;
}

/** The upper 32 bits of the unsigned 64-bit product of two 32-bit words. */
function multiplyHigh(a: number, b: number): number {
  const [aHigh, aLow] = [a >>> 16, a & 0xffff];
  const [bHigh, bLow] = [b >>> 16, b & 0xffff];
  // Halves of 16 bits keep every sum below 2^32.
  const middle = (Math.imul(aHigh, bLow) >>> 0) + (Math.imul(aLow, bLow) >>> 16);
  const carry = (middle & 0xffff) + (Math.imul(aLow, bHigh) >>> 0);
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (carry >>> 16)) | 0;
}
