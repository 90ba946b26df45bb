import { expect, it } from 'vitest';
import { rangesOf } from './reads.js';

it('names pictures by job and ranges of indices', () => {
  const of = (jobId: string, ...indices: number[]) => indices.map((index) => ({ jobId, index }));
  expect(rangesOf([...of('a', 4, 0, 1, 2), ...of('b', 3)])).toBe('a:0-2.4,b:3');
  expect(rangesOf([])).toBe('');
});
