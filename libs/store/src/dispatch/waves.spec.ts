import { describe, expect, it } from 'vitest';
import type { DispatchOp } from './types.js';
import { waves } from './waves.js';

const op = (taskIndex: number, jobId = 'job', kind: 'started' | 'lapsed' = 'started'): DispatchOp => ({
  kind,
  attemptId: 'a',
  jobId,
  taskIndex,
});

describe('waves', () => {
  it('takes ops on different tasks at once', () => {
    expect(waves([op(0), op(1), op(0, 'other')])).toEqual([[0, 1, 2]]);
  });

  it('puts each further op on a task into the next wave, in order', () => {
    expect(waves([op(0), op(1), op(0), op(0), op(1)])).toEqual([[0, 1], [2, 4], [3]]);
  });

  it('has none for no ops', () => {
    expect(waves([])).toEqual([]);
  });
});
