import { describe, expect, it } from 'vitest';
import {
  ago,
  between,
  bytes,
  count,
  date,
  duration,
  energy,
  pace,
  percent,
  secondsBetween,
  short,
} from './quantity.js';

describe('duration', () => {
  it.each([
    [0.84, '0.8 s'],
    [9.96, '10 s'],
    [59.4, '59 s'],
    [59.6, '1 min 00 s'],
    [185, '3 min 05 s'],
    [7800, '2 h 10 min'],
    [359_999, '4 d 3 h'],
    [-1, '0.0 s'],
    [null, '–'],
    [Infinity, '–'],
  ])('%s s is %s', (seconds, text) => expect(duration(seconds)).toBe(text));
});

describe('energy', () => {
  it.each([
    [0, '0 Wh'],
    [0.4237, '0.42 Wh'],
    [84.2, '84 Wh'],
    [998, '1000 Wh'],
    [999.6, '1.00 kWh'],
    [12_345, '12.35 kWh'],
  ])('%s Wh is %s', (value, text) => expect(energy(value)).toBe(text));
});

it('says between what a time lies, once where that is nothing', () => {
  expect(between({ low: 130, high: 245 })).toBe('2 min 10 s – 4 min 05 s');
  expect(between({ low: 59.6, high: 60.2 })).toBe('1 min 00 s');
});

describe('bytes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.00 KiB'],
    [3_672_000_000, '3.42 GiB'],
    [25_769_803_776, '24.0 GiB'],
    [123 * 2 ** 20, '123 MiB'],
    [null, '–'],
  ])('%s is %s', (value, text) => expect(bytes(value)).toBe(text));
});

describe('ago', () => {
  const now = Date.parse('2026-11-21T12:00:00.000Z');
  it.each([
    ['2026-11-21T11:59:59.000Z', 'now'],
    ['2026-11-21T12:00:04.000Z', 'now'],
    ['2026-11-21T11:59:48.000Z', '12 s ago'],
    ['2026-11-21T11:54:59.000Z', '5 min ago'],
    ['2026-11-21T08:59:00.000Z', '3 h ago'],
    [null, '–'],
  ])('%s was %s', (time, text) => expect(ago(time, now)).toBe(text));
  it('names the date after a day', () =>
    expect(ago('2026-11-19T08:00:00.000Z', now)).toBe(date('2026-11-19T08:00:00.000Z')));
});

it('counts, shares and shortens', () => {
  expect(count(12_345)).toBe('12,345');
  expect(percent(999, 1000)).toBe('99 %');
  expect(percent(0, 0)).toBe('0 %');
  expect(pace(0)).toBe('0');
  expect(pace(0.44)).toBe('0.4');
  expect(pace(18.2)).toBe('18');
  expect(short('0123456789abcdef')).toBe('0123456789');
  expect(secondsBetween('2026-11-21T12:00:00.000Z', '2026-11-21T12:00:01.500Z')).toBe(1.5);
  expect(secondsBetween('2026-11-21T12:00:00.000Z', null)).toBeNull();
});
