import { describe, expect, test } from 'vitest';
import { roundToFloat16 } from '../tensor/float16.js';
import { createGenerator } from './generator.js';

describe('cpu generator', () => {
  test('draws the normal values that torch is known for with seed 0', () => {
    const values = createGenerator('cpu', 0).randn(4);
    [1.541, -0.2934, -2.1788, 0.5684].forEach((known, i) => expect(values[i]).toBeCloseTo(known, 4));
  });

  test('keeps the second value of a pair for the next short draw', () => {
    const together = createGenerator('cpu', 1).randn(2);
    const apart = createGenerator('cpu', 1);
    expect([...apart.randn(1), ...apart.randn(1)]).toEqual([...together]);
  });

  test('draws the last 16 values again when the size is no multiple of 16', () => {
    const whole = createGenerator('cpu', 3).randn(16);
    const longer = createGenerator('cpu', 3).randn(17);
    expect(longer[0]).toBe(whole[0]);
    expect(longer[1]).not.toBe(whole[1]);
  });

  test('fills a shape row by row', () => {
    expect(createGenerator('cpu', 5).randn([2, 3, 4])).toEqual(createGenerator('cpu', 5).randn(24));
  });

  test('uses the low 32 bits of a seed', () => {
    expect(createGenerator('cpu', 2n ** 32n + 7n).rand(5)).toEqual(createGenerator('cpu', 7).rand(5));
  });

  test('draws normal values with mean 0 and variance 1', () => {
    const values = createGenerator('cpu', 11).randn(100_000);
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
    expect(mean).toBeCloseTo(0, 2);
    expect(variance).toBeCloseTo(1, 1);
  });

  test('rounds float16 draws to half precision', () => {
    for (const value of createGenerator('cpu', 2).randn16(64)) expect(roundToFloat16(value)).toBe(value);
  });

  test('permutes', () => {
    const order = createGenerator('cpu', 9).randperm(50);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  test('draws integers in range, also in wide ones', () => {
    for (const [low, high] of [
      [-5, 5],
      [0, 2 ** 40],
    ] as const) {
      const values = createGenerator('cpu', 4).randint(low, high, 200);
      expect(values.every((value) => Number.isInteger(value) && value >= low && value < high)).toBe(true);
    }
  });
});

describe('gpu generator', () => {
  test('draws the normal values published for seed 0', () => {
    const values = createGenerator('gpu', 0).randn([3, 4]);
    const published = [
      -0.92466259, -0.42534415, -2.6438457, 0.14518388, -0.12086647, -0.57972564, -0.62285122, -0.32838709, -1.07454231,
      -0.36314407, -1.67105067, 2.26550497,
    ];
    published.forEach((known, i) => expect(values[i]).toBeCloseTo(known, 5));
  });

  test('goes on where the draw before ended', () => {
    const generator = createGenerator('gpu', 0);
    expect(generator.randn(8)).not.toEqual(generator.randn(8));
  });

  test('tells seeds apart that differ above 32 bits', () => {
    expect(createGenerator('gpu', 2n ** 33n).rand(4)).not.toEqual(createGenerator('gpu', 0).rand(4));
  });

  test('draws even values in [0, 1)', () => {
    const values = createGenerator('gpu', 1).rand(10_000);
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(values.reduce((sum, x) => sum + x, 0) / values.length).toBeCloseTo(0.5, 2);
  });
});
