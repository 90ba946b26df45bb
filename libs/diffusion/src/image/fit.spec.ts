import { expect, test } from 'vitest';
import { paddedBorder } from './fit.js';

const raster = (width: number, height: number) => ({ width, height, pixels: new Uint8Array(width * height) });
const rowsOf = (width: number, height: number, into: [number, number]) => {
  const border = paddedBorder(raster(width, height), ...into);
  return border && Array.from({ length: border.height }, (_, y) => show(border.pixels, y, border.width));
};
const show = (pixels: Uint8Array, y: number, width: number) =>
  [...pixels.subarray(y * width, (y + 1) * width)].map((value) => (value === 255 ? '#' : '.')).join('');

test('marks what is drawn around a raster that is fitted into a size', () => {
  expect(rowsOf(2, 2, [6, 2])).toEqual(['##..##', '##..##']);
  expect(rowsOf(4, 2, [4, 4])).toEqual(['####', '....', '....', '####']);
  expect(rowsOf(8, 2, [4, 3])).toEqual(['####', '....', '####']);
});

test('marks nothing where the raster fills the size', () => {
  expect(rowsOf(2, 2, [4, 4])).toBeUndefined();
});
