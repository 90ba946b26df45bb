import { expect, test } from 'vitest';
import { guide, rescale } from './guidance.js';

test('goes from what is predicted without the prompt beyond what is predicted with it', () => {
  const { guided, withPrompt } = guide(Float32Array.of(1, 2, 3, 6), 2);
  expect([...guided]).toEqual([5, 10]);
  expect([...withPrompt]).toEqual([3, 6]);
});

test('takes over the deviation of each picture alone', () => {
  // Two pictures of two values; the guided ones deviate by 4 and by 1 times as much.
  const guided = Float32Array.of(-4, 4, 1, 3);
  const withPrompt = Float32Array.of(-1, 1, 5, 7);
  expect([...rescale(guided, withPrompt, 1, 2)]).toEqual([-1, 1, 1, 3]);
  expect([...rescale(guided, withPrompt, 0.5, 2)]).toEqual([-2.5, 2.5, 1, 3]);
});
