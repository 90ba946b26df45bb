import { expect, test } from 'vitest';
import { judge } from './safety.js';

const far = -0.1;

test('flags a picture that is near to a concept', () => {
  expect(judge({ concepts: [far, 0.002], special: [far] }).flagged).toBe(true);
  expect(judge({ concepts: [far, far], special: [far] }).flagged).toBe(false);
});

test('rounds to three digits before it judges', () => {
  expect(judge({ concepts: [0.0004], special: [far] })).toMatchObject({ flagged: false, concepts: [0] });
});

test('becomes stricter after the first special concept, for all that follow', () => {
  const verdict = judge({ concepts: [-0.005], special: [-0.005, 0.003, -0.005] });
  expect(verdict.flagged).toBe(true);
  expect(verdict.special.map((score) => Number(score.toFixed(3)))).toEqual([-0.005, 0.003, 0.005]);
});
