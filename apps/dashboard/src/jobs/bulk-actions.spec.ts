import type { BulkView } from '@atelier/contracts/rest';
import { describe, expect, it } from 'vitest';
import { undoOf } from './bulk-actions.js';

const view: BulkView = {
  selected: 2,
  passedOver: 0,
  refused: [],
  changed: [
    { id: 'a', name: 'a', state: 'running', priority: 0, unfinishedTasks: 3 },
    { id: 'b', name: 'b', state: 'paused', priority: 100, unfinishedTasks: 3 },
  ],
};

describe('the undoing of', () => {
  it('a cancel takes up what it cancelled, and pauses those that were paused', () =>
    expect(undoOf('cancel', view)).toEqual([
      { action: 'retry', tasks: ['cancelled'], jobs: { ids: ['a', 'b'] } },
      { action: 'pause', jobs: { ids: ['b'] } },
    ]));

  it('a priority gives each its own back', () =>
    expect(undoOf('priority', view)).toEqual([
      { action: 'priority', priority: 0, jobs: { ids: ['a'] } },
      { action: 'priority', priority: 100, jobs: { ids: ['b'] } },
    ]));

  it('a pause is a resume, a retry has none, and nothing has nothing', () => {
    expect(undoOf('pause', view)).toEqual([{ action: 'resume', jobs: { ids: ['a', 'b'] } }]);
    expect(undoOf('retry', view)).toEqual([]);
    expect(undoOf('cancel', { ...view, changed: [] })).toEqual([]);
  });
});
