import { describe, expect, it } from 'vitest';
import { groupsOf } from './groups.js';

const runsOf = (runs: Record<number, number[]>) => groupsOf({ runs }).map(({ size, seconds }) => [size, seconds]);
const times = (count: number, seconds: number) => Array<number>(count).fill(seconds);

describe('groups', () => {
  it('are of one task until single runs are known', () => {
    expect(runsOf({ 1: [4] })).toEqual([[1, 4]]);
  });

  it('are tried one size after the other, in the hope that they save something', () => {
    expect(runsOf({ 1: [4, 4] })).toEqual([
      [1, 4],
      [2, 0.95 * 8],
    ]);
    expect(runsOf({ 1: [4, 4], 2: times(4, 6) })).toEqual([
      [1, 4],
      [2, 6],
      [4, 0.95 * 12],
    ]);
  });

  it('are not given up for one slow first run', () => {
    expect(runsOf({ 1: [4, 4], 2: times(2, 30) })).toEqual([
      [1, 4],
      [2, 0.95 * 8],
    ]);
  });

  it('are given up where they save nothing, and no larger ones are tried', () => {
    expect(runsOf({ 1: [4, 4], 2: times(4, 7.9) })).toEqual([[1, 4]]);
    expect(runsOf({ 1: [4, 4], 2: times(4, 6), 4: times(8, 12.5) })).toEqual([
      [1, 4],
      [2, 6],
    ]);
  });

  it('end at eight', () => {
    expect(runsOf({ 1: [8, 8], 2: times(4, 12), 4: times(8, 20), 8: times(16, 36) }).at(-1)).toEqual([8, 36]);
  });

  it('tell a little more of a task alone where it only ever was one of several', () => {
    expect(runsOf({ 2: times(4, 10) })).toEqual([
      [1, 5.5],
      [2, 10],
      [4, 0.95 * 20],
    ]);
  });
});
