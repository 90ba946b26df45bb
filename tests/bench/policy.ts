/** What the policy promises beside the makespan: people who wait, fair shares, its own cost, and how well it foretells. */
import { createPolicy } from '@atelier/scheduling';
import { foretell } from '../simulation/foretell.js';
import { simulate } from '../simulation/farm/simulate.js';
import { jain, usedByUser } from '../simulation/measures.js';
import { policies } from '../simulation/policies.js';
import { busyDay, large, loraSets, onlySlot, oneBatch } from '../simulation/workloads.js';
import { goal, quantile, type Benchmark, type Report } from './harness.js';

/** The four users all have work in this time, seconds. */
const contended = { from: 120, to: 900 };

export const policy: Benchmark = {
  name: 'policy',
  about: 'waits of people, fair shares, loads, cost of a decision, error of forecasts, and 10,000 nodes simulated',
  async run() {
    const shared = sharing();
    const decisions = [
      { tasks: 50_000, us: microsecondsPerDecision(50_000) },
      { tasks: 200_000, us: microsecondsPerDecision(200_000) },
    ];
    const foretold = { alone: foretell(400), crowded: foretell(90) };
    const begin = performance.now();
    const scenario = large(10_000, 1_000_000);
    const outcome = simulate(scenario, createPolicy({ prefetch: true }), { keepSpans: false });
    const seconds = (performance.now() - begin) / 1000;
    const rows: Report['rows'] = [
      ...shared,
      onOneSlot(),
      ...withLoras(),
      ...decisions.map(({ tasks, us }) => ({
        what: `1,000 slots x 200 classes, ${tasks} tasks`,
        'us per decision': us,
      })),
      { what: `10,000 nodes, ${outcome.done} tasks simulated`, seconds, 'makespan s': outcome.makespan },
      ...Object.entries(foretold).map(([how, { jobs, error }]) => ({
        what: `forecasts after 20 pictures, ${jobs} jobs ${how}, 5 % noise`,
        'mean error %': 100 * error,
      })),
    ];
    return {
      rows,
      goals: [
        goal({
          name: 'a freed slot is served, 1,000 slots x 200 classes',
          value: decisions[0]!.us,
          unit: 'us',
          op: '<=',
          goal: 50,
        }),
        goal({
          name: 'four times the tasks cost a decision',
          value: decisions[1]!.us / decisions[0]!.us,
          unit: 'times as much',
          op: '<=',
          goal: 1.2,
        }),
        goal({ name: '10,000 nodes and 1,000,000 tasks simulated', value: seconds, unit: 's', op: '<=', goal: 60 }),
        goal({
          name: 'error of forecasts after 20 pictures, one job at a time (MAPE)',
          value: 100 * foretold.alone.error,
          unit: '%',
          op: '<=',
          goal: 10,
        }),
      ],
    };
  },
};

/** What people and a batch have of one slot while neither ends, and the longest that each of them waits for a start. */
function onOneSlot(): Report['rows'][number] {
  const until = 1800;
  const { spans } = simulate(onlySlot(), createPolicy({ prefetch: true }));
  const begun = spans.filter(({ from }) => from < until);
  const of = (batch: boolean) => begun.filter(({ jobId }) => (jobId === 'batch') === batch);
  const longestGap = (batch: boolean) => {
    const starts = [0, ...of(batch).map(({ from }) => from), until];
    return Math.max(...starts.slice(1).map((from, i) => from - starts[i]!));
  };
  const seconds = of(true).reduce((sum, { from, to }) => sum + to - from, 0);
  return {
    what: 'one slot, people who never stop',
    "batch's share %": (100 * seconds) / until,
    'longest wait of the batch s': longestGap(true),
    'of people s': longestGap(false),
  };
}

/** Six sets of LoRAs on one checkpoint under every policy. */
function withLoras(): Report['rows'] {
  return Object.entries(policies).map(([name, create]) => {
    const { makespan, changes, done } = simulate(loraSets(), create());
    const row = { what: 'one checkpoint, six sets of LoRAs', policy: name, 'makespan s': makespan };
    return { ...row, 'changes of LoRAs per 1,000': (1000 * changes) / done };
  });
}

/** The busy day under every policy. */
function sharing(): Report['rows'] {
  return Object.entries(policies).map(([name, create]) => {
    const scenario = busyDay();
    const outcome = simulate(scenario, create());
    const live = scenario.jobs
      .filter(({ interactive }) => interactive)
      .map(({ id }) => outcome.jobs.get(id)!.waits.at(-1)!);
    const used = usedByUser(outcome, scenario, contended.from, contended.to);
    used.delete('people');
    const row = { what: 'busy day', policy: name, 'makespan s': outcome.makespan };
    return {
      ...row,
      'loads per 1,000': (1000 * outcome.loads) / outcome.done,
      "Jain's index": jain([...used.values()]),
      'interactive p50 s': quantile(live, 0.5),
      'p95 s': quantile(live, 0.95),
      'p99 s': quantile(live, 0.99),
      'us per decision': (1e6 * outcome.policySeconds) / outcome.decisions,
    };
  });
}

function microsecondsPerDecision(tasks: number): number {
  const { policySeconds, decisions } = simulate(oneBatch(1000, 200, tasks), createPolicy({ prefetch: true }), {
    keepSpans: false,
  });
  return (1e6 * policySeconds) / decisions;
}
