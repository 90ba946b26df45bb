import { expect, test } from 'vitest';
import { isFollowed } from './span-of-steps.js';

const followed = (start: number, end: number, calls: number) =>
  Array.from({ length: calls }, (_, n) => (isFollowed({ start, end }, { n }, calls) ? 'x' : '-')).join('');

test.each([
  [0, 1, 4, 'xxxx'],
  [0.2, 0.6, 5, '-xx--'],
  [0.3, 1, 4, '--xx'],
  [0, 0.5, 5, 'xx---'],
  [0.5, 0.4, 4, '----'],
])('from %f to %f of %i steps', (start, end, calls, expected) => {
  expect(followed(start, end, calls)).toBe(expected);
});
