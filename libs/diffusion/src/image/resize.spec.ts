import { describe, expect, test } from 'vitest';
import { fit } from './fit.js';
import { resize, type ResizeFilter } from './resize.js';

const ramp = { width: 4, height: 1, pixels: Uint8Array.of(0, 80, 160, 240) };
const flat = { width: 5, height: 7, pixels: new Uint8Array(5 * 7 * 3).fill(99) };

describe('resize', () => {
  test.each<ResizeFilter>(['nearest', 'bilinear', 'bicubic', 'lanczos'])('keeps an even color with %s', (filter) => {
    for (const [width, height] of [
      [11, 3],
      [1, 1],
      [5, 7],
    ] as const) {
      const resized = resize(flat, width, height, filter);
      expect(resized).toEqual({ width, height, pixels: new Uint8Array(width * height * 3).fill(99) });
    }
  });

  test('averages when shrinking', () => {
    // Weights 3/4, 3/4 and 1/4 of the nearest three samples, over their sum.
    expect([...resize(ramp, 2, 1, 'bilinear').pixels]).toEqual([57, 183]);
  });

  test('interpolates when enlarging', () => {
    expect([...resize({ ...ramp, width: 2, pixels: Uint8Array.of(0, 200) }, 4, 1, 'bilinear').pixels]).toEqual([
      0, 50, 150, 200,
    ]);
  });

  test('picks the sample under the middle with nearest', () => {
    expect([...resize(ramp, 2, 1, 'nearest').pixels]).toEqual([80, 240]);
  });

  test('stretches a part', () => {
    const box = { left: 1, top: 0, right: 3, bottom: 1 };
    expect([...resize(ramp, 2, 1, 'nearest', box).pixels]).toEqual([80, 160]);
  });

  test.each([
    [0, 5],
    [5, 2.5],
  ])('refuses %dx%d', (width, height) => {
    expect(() => resize(ramp, width, height, 'lanczos')).toThrow('must be whole numbers');
  });
});

describe('fit', () => {
  // Red on the left, green in the middle, blue on the right.
  const wide = { width: 6, height: 2, pixels: new Uint8Array(36) };
  for (let i = 0; i < 12; i++) wide.pixels[3 * i + Math.floor((i % 6) / 2)] = 255;
  const pixel = (raster: { width: number; pixels: Uint8Array }, x: number, y: number) => {
    const at = (y * raster.width + x) * 3;
    return [...raster.pixels.subarray(at, at + 3)].map((value) => value > 127);
  };
  const [RED, GREEN, BLUE] = [
    [true, false, false],
    [false, true, false],
    [false, false, true],
  ];

  test('stretches', () => {
    const square = fit(wide, 6, 6, 'stretch');
    expect([0, 3, 5].map((x) => pixel(square, x, 5))).toEqual([RED, GREEN, BLUE]);
  });

  test('crops the middle', () => {
    const square = fit(wide, 2, 2, 'crop');
    expect([pixel(square, 0, 0), pixel(square, 1, 1)]).toEqual([GREEN, GREEN]);
  });

  test('pads with the edges', () => {
    const square = fit(wide, 6, 6, 'pad');
    for (const y of [0, 2, 5]) expect([0, 3, 5].map((x) => pixel(square, x, y))).toEqual([RED, GREEN, BLUE]);
  });

  test('fills the size also where rounding leaves a side', () => {
    for (const mode of ['stretch', 'crop', 'pad'] as const) {
      expect(fit(wide, 7, 3, mode).pixels).toHaveLength(7 * 3 * 3);
      expect(fit({ width: 1, height: 50, pixels: new Uint8Array(50) }, 8, 8, mode).pixels).toHaveLength(64);
    }
  });
});
