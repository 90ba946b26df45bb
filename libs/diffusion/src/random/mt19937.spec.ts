import { expect, test } from 'vitest';
import { Mt19937 } from './mt19937.js';

test('gives the published first values of seed 5489', () => {
  const engine = new Mt19937(5489);
  expect([engine.uint32(), engine.uint32(), engine.uint32()]).toEqual([3499211612, 581869302, 3890346734]);
});

test('gives the published 10000th value of seed 5489', () => {
  const engine = new Mt19937(5489);
  for (let i = 1; i < 10000; i++) engine.uint32();
  expect(engine.uint32()).toBe(4123659995);
});
