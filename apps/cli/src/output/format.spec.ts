import { describe, expect, test } from 'vitest';
import { ago, bytes, duration, plural } from './format.js';

test.each([
  [0.04, '0.0 s'],
  [9.94, '9.9 s'],
  [9.96, '10 s'],
  [59.4, '59 s'],
  [59.6, '1 min 00 s'],
  [185, '3 min 05 s'],
  [7620, '2 h 07 min'],
])('%d seconds read as %s', (seconds, text) => expect(duration(seconds)).toBe(text));

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1536, '1.5 KiB'],
  [10 * 2 ** 20, '10 MiB'],
  [139 * 2 ** 30, '139 GiB'],
])('%d bytes read as %s', (count, text) => expect(bytes(count)).toBe(text));

describe('a time', () => {
  const now = Date.parse('2026-01-02T12:00:00Z');
  test.each([
    ['2026-01-02T11:59:55Z', 'just now'],
    ['2026-01-02T11:59:15Z', '45 s ago'],
    ['2026-01-02T11:01:00Z', '59 min ago'],
    ['2026-01-01T13:00:00Z', '23 h ago'],
    ['2026-01-01T11:00:00Z', '1 day ago'],
    ['2025-12-30T12:00:00Z', '3 days ago'],
  ])('%s reads as %s', (time, text) => expect(ago(time, now)).toBe(text));
});

test('counts take an s unless they are one', () => {
  expect([0, 1, 1632].map((count) => plural(count, 'picture'))).toEqual(['0 pictures', '1 picture', '1,632 pictures']);
});
