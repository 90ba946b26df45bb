/** How close the policy comes to the best possible schedule, beside what other farms do. */
import { readdirSync } from 'node:fs';
import { lowerBounds } from '../simulation/bounds/bound.js';
import { bestOffline } from '../simulation/bounds/offline.js';
import { scenarioOf } from '../simulation/farm/from-instance.js';
import { simulate } from '../simulation/farm/simulate.js';
import { readInstance, type Instance } from '../simulation/instance.js';
import { policies } from '../simulation/policies.js';
import { goal, type Benchmark, type Goal, type Report } from './harness.js';

/** Seconds after which a bound is what the solver has proved, and after which the search for a better schedule ends. */
const boundSeconds = 30;
const searchSeconds = 4;

// This file runs from dist; what it reads is beside its source.
const folder = new URL('../../simulation/instances/', import.meta.url);

export const makespan: Benchmark = {
  name: 'makespan',
  about: 'makespan against the best possible schedule and beside plain queues (--instance FILE for another instance)',
  async run({ instance }) {
    const files = instance
      ? [instance]
      : readdirSync(folder)
          .filter((name) => name.endsWith('.json'))
          .map((name) => new URL(name, folder).pathname);
    const rows: Report['rows'] = [];
    const goals: Goal[] = [];
    for (const file of files.sort(byKindAndSize)) {
      const measured = await measure(readInstance(file));
      rows.push(...measured.rows);
      goals.push(measured.goal);
    }
    return { rows, goals };
  },
};

async function measure(instance: Instance): Promise<{ rows: Report['rows']; goal: Goal }> {
  const pictures = instance.classes.reduce((sum, { count }) => sum + count, 0);
  const outcomes = Object.entries(policies).map(([policy, create]) => ({
    policy,
    ...simulate(scenarioOf(instance), create(), { keepSpans: false }),
  }));
  const ours = outcomes[0]!.makespan;
  const { lb1, lb2, lb3, lb3Proved } = await lowerBounds(instance, ours, boundSeconds);
  const bound = Math.max(lb1, lb3);
  const best = Math.min(bestOffline(instance, searchSeconds), ...outcomes.map(({ makespan }) => makespan));
  const row = (policy: string, seconds: number) => ({
    instance: instance.name,
    policy,
    'makespan s': seconds,
    '/ LB3': seconds / bound,
    '/ best found': seconds / best,
  });
  const rows: Report['rows'] = outcomes.map(({ policy, makespan, loads, policySeconds, decisions }) => ({
    ...row(policy, makespan),
    'loads per 1,000': (1000 * loads) / pictures,
    'us per decision': (1e6 * policySeconds) / decisions,
  }));
  rows.push(row('(best found offline)', best), row('(LB1, the longest picture)', lb1), row('(LB2, divisible)', lb2));
  rows.push(row(lb3Proved ? '(LB3)' : `(LB3, as proved in ${boundSeconds} s)`, lb3));
  const peer = outcomes.slice(1).reduce((a, b) => (b.makespan < a.makespan ? b : a));
  const held = ours <= 1.05 * bound;
  return {
    rows,
    goal: goal({
      name: held ? `${instance.name}: makespan / LB3` : `${instance.name}: makespan / best found`,
      value: held ? ours / bound : ours / best,
      unit: '',
      op: '<=',
      goal: held ? 1.05 : 1.02,
      peer: { name: peer.policy, version: null, value: held ? peer.makespan / bound : peer.makespan / best },
    }),
  };
}

/** `equal-6` before `equal-20` before `mixed-1`. */
function byKindAndSize(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
