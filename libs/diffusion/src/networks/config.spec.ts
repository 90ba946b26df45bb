import { expect, test } from 'vitest';
import { Config, isSize } from './config.js';

const config = new Config({ a: 3, b: [1, 2], c: 'x', d: null, e: -1, huge: 1e9, beyond: 1e300 }, 'unet/config.json');

test('reads settings and fills in what is absent', () => {
  expect(config.size('a')).toBe(3);
  expect(config.size('d', 8)).toBe(8);
  expect(config.sizes('b')).toEqual([1, 2]);
  expect(config.perLevel('a', 2, isSize)).toEqual([3, 3]);
  expect(config.perLevel('b', 2, isSize)).toEqual([1, 2]);
  expect(config.oneOf('d', ['y', null])).toBeNull();
  expect(config.oneOf('absent', ['y', 'x'])).toBe('y');
});

test.each([
  [
    () => config.size('e'),
    'unet/config.json has "e" -1, which the engine cannot run; it takes a whole number from 1 to 1000000.',
  ],
  [
    () => config.size('absent'),
    'unet/config.json has "absent" absent, which the engine cannot run; it takes a number.',
  ],
  [
    () => config.perLevel('b', 3, isSize),
    '"b" [1, 2], which the engine cannot run; it takes one value or 3, one per level',
  ],
  [() => config.oneOf('c', ['y', 'z']), '"c" "x", which the engine cannot run; it takes "y" or "z".'],
  [() => config.words('b', 2, ['p', 'q']), 'it takes 2 of p, q.'],
  [() => config.flag('a', true), 'it takes true or false.'],
  [() => config.size('a', 1, 2), 'it takes a whole number from 1 to 2.'],
  [() => config.divisor('a', [6, 8]), '"a" 3, which the engine cannot run; it takes a divisor of 8.'],
  [() => config.size('huge'), 'it takes a whole number from 1 to 1000000.'],
  [() => config.number('beyond'), 'it takes a number.'],
])('says what it takes', (read, message) => {
  expect(read).toThrow(message);
});
