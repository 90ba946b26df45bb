import { describe, expect, test } from 'vitest';
import { toPixels } from '../pipelines/pixels.js';
import { gaussianBlur } from './blur.js';
import { canny } from './canny.js';
import { toClipTensor } from './clip-image.js';
import { blend, maskedRegion } from './mask.js';
import { resizeNearestTensor, toMaskTensor, toSignedTensor, toUnitTensor } from './tensor.js';

/** A gray raster, white where `isWhite` says so. */
function gray(width: number, height: number, isWhite: (x: number, y: number) => boolean) {
  const pixels = Uint8Array.from({ length: width * height }, (_, i) =>
    isWhite(i % width, Math.floor(i / width)) ? 255 : 0,
  );
  return { width, height, pixels };
}

describe('gaussianBlur', () => {
  test('spreads a point evenly to all sides and keeps its light', () => {
    const { pixels } = gaussianBlur(
      gray(21, 21, (x, y) => x === 10 && y === 10),
      1.5,
    );
    const at = (x: number, y: number) => pixels[y * 21 + x]!;
    expect(at(10, 10)).toBeGreaterThan(at(11, 10));
    expect([at(9, 10), at(10, 9), at(10, 11)]).toEqual(Array(3).fill(at(11, 10)));
    expect(Math.abs(pixels.reduce((sum, value) => sum + value, 0) - 255)).toBeLessThan(30);
  });

  test('leaves an even color, and everything with radius 0', () => {
    const white = gray(5, 4, () => true);
    expect(gaussianBlur(white, 12)).toEqual(white);
    expect(gaussianBlur(white, 0)).toBe(white);
  });
});

describe('canny', () => {
  test('draws the outline of a square, one pixel wide', () => {
    const square = gray(20, 20, (x, y) => x >= 5 && x < 15 && y >= 5 && y < 15);
    const { pixels } = canny(square, 100, 200);
    const row = [...pixels.subarray(10 * 20, 11 * 20)];
    expect(row.filter((value) => value === 255)).toHaveLength(2);
    expect(new Set(pixels)).toEqual(new Set([0, 255]));
  });

  test('finds nothing in an even picture', () => {
    expect(
      canny(
        gray(8, 8, () => true),
        100,
        200,
      ).pixels.every((value) => value === 0),
    ).toBe(true);
  });

  test('follows a weak edge from a strong one only', () => {
    // An edge between rows that fades from left to right.
    const fading = { width: 30, height: 10, pixels: new Uint8Array(300) };
    for (let i = 150; i < 300; i++) fading.pixels[i] = 100 - 3 * (i % 30);
    const edgePixels = (low: number) => canny(fading, low, 300).pixels.filter((value) => value === 255).length;
    expect(edgePixels(100)).toBeGreaterThan(edgePixels(250));
    expect(canny(fading, 100, 500).pixels.every((value) => value === 0)).toBe(true);
  });
});

describe('maskedRegion', () => {
  const mask = gray(100, 50, (x, y) => x >= 40 && x < 50 && y >= 20 && y < 40);

  test('surrounds what is marked, in the proportions of the size', () => {
    expect(maskedRegion(mask, 64, 64, 0)).toEqual({ left: 35, top: 20, right: 55, bottom: 40 });
  });

  test('adds padding and stays within the picture', () => {
    expect(maskedRegion(mask, 64, 64, 30)).toEqual({ left: 10, top: 0, right: 80, bottom: 50 });
  });

  test('is the whole of a mask that marks nothing', () => {
    expect(
      maskedRegion(
        gray(10, 10, () => false),
        64,
        64,
        4,
      ),
    ).toEqual({ left: 0, top: 0, right: 10, bottom: 10 });
  });
});

test('blend takes white from the painted picture and black from the original', () => {
  const [original, painted] = [10, 210].map((value) => ({
    width: 3,
    height: 1,
    pixels: new Uint8Array(9).fill(value),
  }));
  const mask = { width: 3, height: 1, pixels: Uint8Array.of(0, 255, 128) };
  expect([...blend(original!, painted!, mask).pixels]).toEqual([10, 10, 10, 210, 210, 210, 110, 110, 110]);
});

describe('tensors', () => {
  const picture = { width: 2, height: 1, pixels: Uint8Array.of(0, 51, 255, 255, 128, 0) };

  test('hold the channels apart', () => {
    expect([...toUnitTensor(picture)].map((value) => Math.round(value * 255))).toEqual([0, 255, 51, 128, 255, 0]);
  });

  test('come back as the picture that they were', () => {
    expect(toPixels(toSignedTensor(picture))).toEqual(picture.pixels);
  });

  test('mark a mask from half white on', () => {
    const mask = { width: 3, height: 1, pixels: Uint8Array.of(127, 128, 255) };
    expect([...toMaskTensor(mask)]).toEqual([0, 1, 1]);
  });

  test('are resized by the nearest sample, plane by plane', () => {
    const planes = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const resized = resizeNearestTensor(planes, { width: 4, height: 1 }, { width: 2, height: 1 });
    expect([...resized]).toEqual([1, 3, 5, 7]);
  });

  test('for CLIP have mean 0 where the picture has its mean color', () => {
    const pixels = new Uint8Array(50 * 40 * 3).map((_, i) => [123, 117, 104][i % 3]!);
    const tensor = toClipTensor({ width: 50, height: 40, pixels }, 32);
    expect(tensor).toHaveLength(3 * 32 * 32);
    expect(Math.max(...tensor.map(Math.abs))).toBeLessThan(0.01);
  });
});
