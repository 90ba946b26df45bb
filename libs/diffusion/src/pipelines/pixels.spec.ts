import { expect, test } from 'vitest';
import { toPixels } from './pixels.js';

test('brings planes of colour to RGB bytes, cut off and rounded to even', () => {
  // Two pixels: red, green and blue planes.
  expect([...toPixels(Float32Array.of(-1, 1, 0, 2, -3, 0.5))]).toEqual([0, 128, 0, 255, 255, 191]);
});
