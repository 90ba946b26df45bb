import type { SafetyPolicy } from '@atelier/contracts';
import { expect, test } from 'vitest';
import { Safety } from './safety.js';

const share = (safety: SafetyPolicy | null) => ({
  ...{ project: 'p', userName: '', weight: 1, usedSeconds: 0, budgetSeconds: null, maximumSlots: null },
  safety,
});
const withProject = (checker: string | undefined, policy: SafetyPolicy, own: SafetyPolicy | null | 'unknown') =>
  new Safety(checker, policy, { share: () => Promise.resolve(own === 'unknown' ? null : share(own)) });

test.each<[string, SafetyPolicy, SafetyPolicy | null | 'unknown', string | undefined]>([
  ['guard', 'withhold', 'unknown', 'guard'],
  ['guard', 'withhold', null, 'guard'],
  ['guard', 'withhold', 'off', undefined],
  ['guard', 'off', null, undefined],
  ['guard', 'off', 'withhold', 'guard'],
])('of a farm with %s and %s, a project that says %s is judged by %s', async (checker, policy, own, judge) => {
  expect(await withProject(checker, policy, own).checkerOf('p')).toBe(judge);
});

test('without a checker nothing is judged, and no project can ask for it', async () => {
  const safety = withProject(undefined, 'withhold', 'withhold');
  expect(await safety.checkerOf('p')).toBeUndefined();
  expect(() => safety.requirePossible('off')).not.toThrow();
  expect(() => safety.requirePossible('withhold')).toThrow('The farm has no safety checker');
});
