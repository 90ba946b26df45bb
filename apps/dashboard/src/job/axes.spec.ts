import { expect, it } from 'vitest';
import { chosenAxes, formatPositions, parsePositions } from './axes.js';

const axes = ['prompt', 'guidance', 'seed'].map((key) => ({ key, size: 2, values: ['a', 'b'] }));
const keys = (search: object) => {
  const { x, y, z } = chosenAxes(axes, search);
  return [x.key, y?.key, z?.key];
};

it('lays out the last two axes unless told otherwise, and no axis twice', () => {
  expect(keys({})).toEqual(['seed', 'guidance', undefined]);
  expect(keys({ x: 'prompt', y: 'prompt' })).toEqual(['prompt', 'seed', undefined]);
  expect(keys({ y: '-', z: 'prompt' })).toEqual(['seed', undefined, 'prompt']);
  expect(keys({ x: 'nothing', z: 'seed' })).toEqual(['seed', 'guidance', undefined]);
});

it('writes positions and reads them', () => {
  expect(formatPositions(parsePositions('steps:2,junk,prompt:0'))).toBe('steps:2');
  expect(formatPositions(new Map())).toBe('');
});
