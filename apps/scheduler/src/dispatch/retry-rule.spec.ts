import { agentProto } from '@atelier/contracts';
import { describe, expect, test } from 'vitest';
import { causeWord, consequenceOf, nodesToAvoid, restMs, verdictOn, withFailure } from './retry-rule.js';
import { cleanHistory } from './types.js';

const { FailureCause } = agentProto;
const crashed = FailureCause.FAILURE_CAUSE_ENGINE_CRASHED;
const unsupported = FailureCause.FAILURE_CAUSE_UNSUPPORTED;

/** The failure at which a task dies that fails on these nodes in turn. */
function failuresUntilDead(nodes: string[], eligible: string[]): number {
  let history = cleanHistory;
  for (let i = 0; ; i++) {
    history = withFailure(history, crashed, nodes[i % nodes.length]!);
    if (verdictOn(crashed, history, eligible) === 'dead') return i + 1;
  }
}

describe('a task is dead', () => {
  test.each([
    ['after three failures on the only node', ['a'], ['a'], 3],
    ['after three failures on both nodes there are', ['a', 'b'], ['a', 'b'], 3],
    ['after failing on three different nodes of many', ['a', 'b', 'c'], ['a', 'b', 'c', 'd', 'e'], 3],
    ['after five failures on the same node of many', ['a'], ['a', 'b', 'c'], 5],
  ])('%s', (_, nodes, eligible, failures) => expect(failuresUntilDead(nodes, eligible)).toBe(failures));

  test('at once when its request is wrong', () => {
    const cause = FailureCause.FAILURE_CAUSE_INVALID_REQUEST;
    expect(verdictOn(cause, withFailure(cleanHistory, cause, 'a'), ['a', 'b', 'c'])).toBe('dead');
  });

  test('when every node that should be able to do it says that it cannot', () => {
    const once = withFailure(cleanHistory, unsupported, 'a');
    expect(once.failures).toBe(0);
    expect(verdictOn(unsupported, once, ['a', 'b'])).toBe('retry');
    expect(verdictOn(unsupported, withFailure(once, unsupported, 'b'), ['a', 'b'])).toBe('dead');
  });
});

test('a task avoids the nodes on which it failed, unless there is no other', () => {
  const history = { failures: 2, failedNodes: ['b'], refusedBy: ['a'] };
  expect(nodesToAvoid(history, ['a', 'b', 'c'])).toEqual(['a', 'b']);
  expect(nodesToAvoid(history, ['a', 'b'])).toEqual([]);
});

test('rests double, up to half a minute', () => {
  const rests = [0, 1, 2, 3, 9].map((failures) => restMs({ ...cleanHistory, failures }));
  expect(rests).toEqual([0, 1000, 2000, 4000, 30_000]);
});

test('names causes as the database does', () => expect(causeWord(crashed)).toBe('ENGINE_CRASHED'));

describe('a run of several that failed', () => {
  const failure = { nodeId: 'a', history: cleanHistory, eligible: ['a', 'b'], group: 4 };

  test('is charged to none of its tasks: each is tried again by itself, at once', () => {
    for (const cause of [crashed, FailureCause.FAILURE_CAUSE_INVALID_REQUEST])
      expect(consequenceOf({ ...failure, cause })).toEqual({
        verdict: 'retry',
        charged: false,
        history: { ...cleanHistory, alone: true },
        restMs: 0,
      });
  });

  test('for want of memory is tried again in smaller groups', () => {
    const cause = FailureCause.FAILURE_CAUSE_OUT_OF_MEMORY;
    expect(consequenceOf({ ...failure, cause })).toMatchObject({ verdict: 'retry', history: cleanHistory });
    expect(consequenceOf({ ...failure, cause, group: 1 })).toMatchObject({
      verdict: 'retry',
      charged: true,
      history: { failures: 1, failedNodes: ['a'] },
    });
  });
});
