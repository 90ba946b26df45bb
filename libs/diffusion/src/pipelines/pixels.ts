import { roundHalfToEven } from '../tensor/rounding.js';

/**
 * The picture that a VAE decoder gives, [3, height, width] with values around -1 to 1, as RGB bytes row by row. Every
 * operation is rounded to float32, as the reference does.
 */
export function toPixels(values: Float32Array): Uint8Array {
  const size = values.length / 3;
  const pixels = new Uint8Array(values.length);
  for (let channel = 0; channel < 3; channel++) {
    for (let i = 0; i < size; i++) pixels[i * 3 + channel] = toByte(values[channel * size + i]!);
  }
  return pixels;
}

/** A colour value from -1 to 1 as a byte; what lies beyond is cut off. */
function toByte(value: number): number {
  const share = Math.min(Math.max(Math.fround(value / 2 + 0.5), 0), 1);
  return roundHalfToEven(Math.fround(share * 255));
}
