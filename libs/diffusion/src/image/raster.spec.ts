import { describe, expect, test } from 'vitest';
import { channelsOf, crop, paste, toGray } from './raster.js';

const raster = { width: 3, height: 2, pixels: Uint8Array.of(1, 2, 3, 4, 5, 6) };

test('tells the number of channels', () => {
  expect(channelsOf(raster)).toBe(1);
  expect(channelsOf({ width: 1, height: 2, pixels: new Uint8Array(6) })).toBe(3);
});

describe('toGray', () => {
  test('keeps gray as it is', () => {
    const gray = toGray({ width: 3, height: 1, pixels: Uint8Array.of(0, 0, 0, 77, 77, 77, 255, 255, 255) });
    expect([...gray.pixels]).toEqual([0, 77, 255]);
    expect(toGray(raster)).toBe(raster);
  });

  test('weighs green most and blue least', () => {
    const gray = toGray({ width: 3, height: 1, pixels: Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255) });
    expect([...gray.pixels]).toEqual([76, 150, 29]);
  });
});

describe('crop and paste', () => {
  test('cut a part out', () => {
    expect([...crop(raster, 1, 0, 2, 1).pixels]).toEqual([2, 3]);
  });

  test('leave black what lies outside', () => {
    expect([...crop(raster, -1, 1, 3, 2).pixels]).toEqual([0, 4, 5, 0, 0, 0]);
  });

  test('leave out what does not fit', () => {
    const target = { width: 2, height: 2, pixels: new Uint8Array(4) };
    paste(target, raster, -2, 1);
    expect([...target.pixels]).toEqual([0, 0, 3, 0]);
    paste(target, raster, 9, 9);
    expect([...target.pixels]).toEqual([0, 0, 3, 0]);
  });
});
