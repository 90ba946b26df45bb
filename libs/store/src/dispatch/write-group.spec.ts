import { taskStates, type TaskState } from '@atelier/contracts';
import { describe, expect, it } from 'vitest';
import type { DispatchOp } from './types.js';
import { jobDeltas } from './write-group.js';

const op: DispatchOp = { kind: 'started', attemptId: 'a', jobId: 'job', taskIndex: 0 };
const written = (before: TaskState, after: TaskState, started = false) => ({
  outcome: { applied: true, task: after },
  task: { before, after },
  started,
});

describe('jobDeltas', () => {
  it('moves a task from one counter to the other', () => {
    const deltas = jobDeltas(
      [op, op, op],
      [written('pending', 'leased'), written('leased', 'running', true), written('uploading', 'succeeded')],
    );
    expect(deltas).toEqual([{ jobId: 'job', running: 0, succeeded: 1, dead: 0, withheld: 0, started: true }]);
  });

  it('keeps jobs apart and leaves out ops that changed nothing', () => {
    const deltas = jobDeltas(
      [op, { ...op, jobId: 'other' }, { ...op, jobId: 'third' }],
      [written('running', 'dead'), written('dead', 'succeeded'), { outcome: { applied: false, task: 'running' } }],
    );
    expect(deltas).toEqual([
      { jobId: 'job', running: -1, succeeded: 0, dead: 1, withheld: 0, started: false },
      { jobId: 'other', running: 0, succeeded: 1, dead: -1, withheld: 0, started: false },
    ]);
  });

  it.each(taskStates)('adds nothing for a task that stays %s', (state) => {
    expect(jobDeltas([op], [written(state, state)])).toEqual([
      { jobId: 'job', running: 0, succeeded: 0, dead: 0, withheld: 0, started: false },
    ]);
  });
});
