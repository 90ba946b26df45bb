import { expect, test } from 'vitest';
import { countStates, statusOf, type FarmFacts } from './farm-status.js';

const ready = { state: 'ready', slots: 2, busySlots: 1 } as const;
const facts: FarmFacts = {
  nodes: [ready],
  pausedJobs: 0,
  pendingTasks: 0,
  runningTasks: 0,
  waitingFor: null,
  paused: false,
};

test.each<[string, Partial<FarmFacts>, RegExp]>([
  ['empty', { nodes: [] }, /No node has joined/],
  ['idle', {}, /2 slots ready/],
  ['working', { runningTasks: 1, pendingTasks: 9 }, /1 of 2 slots/],
  ['waiting', { pendingTasks: 9, waitingFor: 'No slot has the model.' }, /No slot has the model/],
  ['waiting', { pendingTasks: 9, nodes: [{ ...ready, state: 'offline' }] }, /None of 1 node is ready/],
  ['paused', { pausedJobs: 1 }, /1 job paused/],
])('a farm is %s', (status, change, reason) => {
  const answer = statusOf({ ...facts, ...change });
  expect(answer.status).toBe(status);
  expect(answer.reason).toMatch(reason);
});

test('nodes are counted by state, also those of which there is none', () => {
  expect(countStates([{ state: 'ready' }, { state: 'ready' }, { state: 'off' }])).toMatchObject({
    ready: 2,
    off: 1,
    drained: 0,
  });
});
