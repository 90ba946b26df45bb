import { expect, it } from 'vitest';
import { withMemory, type Reckoned } from './memory.js';

const GB = 1e9;
const nothing: Reckoned = () => undefined;
/** What a run of each size takes, in GB. */
function taken(sizes: number[], own: Record<string, number[]>, others: Record<string, number[]>[], reckoned = nothing) {
  const inBytes = (memory: Record<string, number[]>) => ({
    memory: Object.fromEntries(
      Object.entries(memory).map(([size, values]) => [size, values.map((value) => value * GB)]),
    ),
  });
  const runs = sizes.map((size) => ({ size, seconds: size, vramBytes: 0 }));
  const inGB = withMemory(runs, inBytes(own), others.map(inBytes), reckoned).map(({ vramBytes }) => vramBytes / GB);
  return inGB.map((value) => Math.round(value * 100) / 100);
}
const reckoned: Reckoned = (size) => (3 + size) * GB;

it('is not known where nothing was seen and nothing is reckoned', () => {
  expect(taken([1, 2], {}, [])).toEqual([0, 0]);
});

it('is what is reckoned until it was seen', () => {
  expect(taken([1, 2], {}, [], reckoned)).toEqual([4, 5]);
  expect(taken([1, 2], { 1: [6] }, [], reckoned)).toEqual([6, 7]);
});

it('is what was seen, though something else lay in memory now and then', () => {
  expect(taken([1], { 1: [9, 6, 6, 9, 6] }, [])).toEqual([6]);
});

it('grows with the tasks as it did before', () => {
  expect(taken([1, 2, 4, 8], { 1: [5], 2: [5.5] }, [], reckoned)).toEqual([5, 5.5, 6.5, 8.5]);
});

it('of fewer tasks than were seen is no more than that of those', () => {
  expect(taken([1, 2], { 2: [7] }, [])).toEqual([7, 7]);
  expect(taken([1, 2], { 2: [7] }, [], reckoned)).toEqual([4, 7]);
});

it('on another type tells of groups, and keeps no single picture away', () => {
  expect(taken([1, 2], {}, [{ 1: [9], 2: [11] }, { 2: [10] }])).toEqual([0, 10]);
  expect(taken([1, 2], {}, [{ 1: [9], 2: [4] }], reckoned)).toEqual([4, 5]);
});
