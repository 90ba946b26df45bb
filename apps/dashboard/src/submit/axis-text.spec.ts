import { expect, it } from 'vitest';
import { formatAxis, parseAxis, sizeOf } from './axis-text.js';

it.each([
  ['seed', '1..100', { from: 1, count: 100 }],
  ['guidance', '1..2 step 0.25', { from: 1, count: 5, step: 0.25 }],
  ['steps', '4, 8,20', [4, 8, 20]],
  ['sampler', 'euler, lcm', ['euler', 'lcm']],
] as const)('reads and writes %s %s', (key, text, values) => {
  expect(parseAxis(key, text)).toEqual(values);
  expect(parseAxis(key, formatAxis(key, values))).toEqual(values);
});

it.each([
  ['steps', 'many'],
  ['steps', ''],
  ['seed', '5..1'],
])('refuses %s %j', (key, text) => expect(parseAxis(key, text)).toBeNull());

it('counts values', () => expect([[1, 2], { from: 0, count: 9 }, 'x'].map(sizeOf)).toEqual([2, 9, 1]));
