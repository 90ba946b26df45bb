import { AtelierError } from '@atelier/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GROUP_SIZE, groupCommit } from './group-commit.js';
import type { DispatchOp } from './types.js';

const op = (taskIndex: number): DispatchOp => ({
  kind: 'started',
  attemptId: `a${taskIndex}`,
  jobId: 'job',
  taskIndex,
});
const indices = (ops: readonly DispatchOp[]) => ops.map(({ taskIndex }) => taskIndex);
/** As the database refuses values: SQLSTATE 22003, numeric value out of range. */
const badValues = Object.assign(new Error('out of range'), { code: '22003' });

describe('groupCommit', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'setImmediate'] }));
  afterEach(() => void vi.useRealTimers());

  it('writes at once what comes alone, and together what comes together', async () => {
    const groups: number[][] = [];
    const { commit } = groupCommit(async (ops) => {
      groups.push(indices(ops));
      return [...ops];
    });
    const first = [commit(op(0)), commit(op(1))];
    await vi.advanceTimersByTimeAsync(0);
    await Promise.all(first);
    expect(groups).toEqual([[0, 1]]);
  });

  it('gathers while a group is under way', async () => {
    const groups: number[][] = [];
    const { commit, drained } = groupCommit(async (ops) => {
      groups.push(indices(ops));
      await new Promise((later) => setTimeout(later, 10));
      return [...ops];
    });
    void commit(op(0));
    await vi.advanceTimersByTimeAsync(1);
    for (const index of [1, 2, 3]) void commit(op(index));
    const done = drained();
    await vi.runAllTimersAsync();
    await done;
    expect(groups).toEqual([[0], [1, 2, 3]]);
  });

  it('never has two groups under way, keeps the order and the limit of size', async () => {
    let underWay = 0;
    const sizes: number[] = [];
    const seen: number[] = [];
    const { commit, drained } = groupCommit(async (ops) => {
      expect(++underWay).toBe(1);
      sizes.push(ops.length);
      seen.push(...indices(ops));
      await new Promise((later) => setTimeout(later, 20));
      underWay--;
      return indices(ops);
    });
    const total = GROUP_SIZE * 2 + 10;
    const all = Promise.all(Array.from({ length: total }, (_, i) => commit(op(i))));
    const done = drained();
    await vi.runAllTimersAsync();
    await done;
    expect(sizes).toEqual([GROUP_SIZE, GROUP_SIZE, 10]);
    expect(seen).toEqual(Array.from({ length: total }, (_, i) => i));
    expect(await all).toEqual(seen);
  });

  it('refuses with a group that fails everything that waits behind it', async () => {
    const lost = new AtelierError('unavailable', 'gone');
    let tries = 0;
    const { commit } = groupCommit(async (ops) => {
      if (tries++ === 0) {
        await new Promise((later) => setTimeout(later, 10));
        throw lost;
      }
      return [...ops];
    });
    const first = commit(op(0)).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(1);
    const behind = commit(op(1)).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(20);
    expect(await Promise.all([first, behind])).toEqual([lost, lost]);
    const later = commit(op(2));
    await vi.advanceTimersByTimeAsync(20);
    expect(await later).toEqual(op(2));
  });

  it('writes a group one by one when the values of one op are refused, and refuses that one', async () => {
    const { commit } = groupCommit(async (ops) => {
      if (ops.some(({ taskIndex }) => taskIndex === 1)) throw badValues;
      return indices(ops);
    });
    const settled = Promise.allSettled([0, 1, 2].map((index) => commit(op(index))));
    await vi.runAllTimersAsync();
    expect(await settled).toMatchObject([
      { value: 0 },
      { reason: { code: 'invalid_request', message: '"started" of attempt a1 cannot be written: out of range.' } },
      { value: 2 },
    ]);
  });
});
