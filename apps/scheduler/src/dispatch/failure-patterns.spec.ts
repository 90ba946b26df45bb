import { agentProto } from '@atelier/contracts';
import { beforeEach, expect, test } from 'vitest';
import { FailurePatterns, type Suspicion } from './failure-patterns.js';

const { FailureCause } = agentProto;
const crashed = FailureCause.FAILURE_CAUSE_ENGINE_CRASHED;

let patterns: FailurePatterns;
beforeEach(() => void (patterns = new FailurePatterns()));

const fail = (taskIndex: number, nodeId: string, residencyKey = 'A', cause = crashed): Suspicion =>
  patterns.failed({ jobId: 'job', taskIndex, residencyKey, nodeId, cause });

test('five different tasks of a key that fail alike on two nodes suspend it, and blame no node', () => {
  for (const task of [0, 1, 2, 3]) expect(fail(task, task % 2 ? 'a' : 'b')).toEqual({});
  expect(fail(4, 'a')).toEqual({ key: { tasks: 5, nodes: 2 } });
  fail(0, 'a', 'B');
  expect(fail(1, 'a', 'B')).toEqual({});
});

test('one task that fails often is no fault of its key, and neither is one node', () => {
  for (let i = 0; i < 9; i++) expect(fail(0, i % 2 ? 'a' : 'b')).toEqual({});
  for (let task = 1; task < 9; task++) expect(fail(task, 'c', 'B')).toEqual({});
});

test('tasks that fail in different ways do not suspend their key', () => {
  const causes = [crashed, FailureCause.FAILURE_CAUSE_LOAD_FAILED];
  for (let task = 0; task < 8; task++) expect(fail(task, task % 4 < 2 ? 'a' : 'b', 'A', causes[task % 2])).toEqual({});
});

test('a picture in between clears its key and its node', () => {
  for (const task of [0, 1, 2, 3]) fail(task, task % 2 ? 'a' : 'b');
  patterns.succeeded('A', 'a');
  expect(fail(4, 'a')).toEqual({});
  expect(fail(5, 'a', 'B')).toEqual({});
});

test('a node that fails at different keys is suspect', () => {
  expect(fail(0, 'a', 'A')).toEqual({});
  expect(fail(1, 'a', 'A')).toEqual({});
  expect(fail(2, 'a', 'B')).toEqual({ node: { failures: 3, keys: 2 } });
});

test('neither what does not fit nor a wrong request makes a node suspect', () => {
  for (const [task, key] of ['A', 'B', 'C', 'D'].entries()) {
    expect(fail(task, 'a', key, FailureCause.FAILURE_CAUSE_OUT_OF_MEMORY)).toEqual({});
    expect(fail(task, 'a', key, FailureCause.FAILURE_CAUSE_INVALID_REQUEST)).toEqual({});
  }
});
