import { describe, expect, test } from 'vitest';
import { caseRow, compare } from './format.js';
import { describeTolerance, TOLERANCES } from './tolerances.js';

describe('compare', () => {
  test('measures the largest and the relative difference', () => {
    expect(compare([3, 4, 3], [3, 4, 0])).toEqual({ maxAbs: 3, maxRel: Infinity, relL2: 0.6 });
    expect(compare([3, 5], [3, 4])).toEqual({ maxAbs: 1, maxRel: 0.25, relL2: 0.2 });
  });

  test('finds equal lists equal, also where they are all zero', () => {
    expect(compare([0, -0], [0, 0])).toEqual({ maxAbs: 0, maxRel: 0, relL2: 0 });
  });

  test.each([
    [[1], [1, 2]],
    [[NaN], [1]],
    [[1], [Infinity]],
  ])('finds %j infinitely far from %j', (actual, expected) => {
    expect(compare(actual, expected).maxAbs).toBe(Infinity);
  });
});

describe('caseRow', () => {
  test('shows the stage nearest to its tolerance when all hold', async () => {
    const row = await caseRow('rng', 'a', (report) => {
      report.compare('far', [1], [1], TOLERANCES.exact);
      report.compare('near', [1.0000001], [1], TOLERANCES.randomNormals);
    });
    expect(row).toMatchObject({ family: 'rng', case: 'a', pass: true, stage: 'near', reason: null });
  });

  test('shows the first stage that fails', async () => {
    const row = await caseRow('rng', 'a', (report) => {
      report.compare('first', [2], [1], TOLERANCES.exact);
      report.compare('second', [9], [1], TOLERANCES.exact);
    });
    expect(row).toMatchObject({ pass: false, stage: 'first', maxAbs: 1, tolerance: 'exact' });
    expect(row.reason).toContain('first');
  });

  test('fails with the reason of what was thrown', async () => {
    const row = await caseRow('rng', 'a', () => {
      throw new Error('No such sampler.');
    });
    expect(row).toMatchObject({ pass: false, reason: 'No such sampler.', maxAbs: null });
  });

  test('fails when nothing was compared', async () => {
    expect(await caseRow('rng', 'a', () => {})).toMatchObject({ pass: false });
  });
});

test('puts a tolerance in words', () => {
  expect(describeTolerance(TOLERANCES.pictureFloat)).toBe('maxAbs <= 0.001, relL2 <= 0.0001');
  expect(describeTolerance(TOLERANCES.exact)).toBe('exact');
});
