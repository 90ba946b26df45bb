import { expect, it } from 'vitest';
import { windowSize, windowsOf } from './use-gallery.js';

it('reads the windows that hold what is near the screen, and no more', () => {
  expect(windowsOf([0, 10], 5)).toEqual([0]);
  expect(windowsOf([0, 10], 0)).toEqual([]);
  expect(windowsOf([windowSize - 1, windowSize], 1000)).toEqual([0, windowSize]);
  expect(windowsOf([99_990, 100_200], 100_000)).toEqual([99_960]);
});
