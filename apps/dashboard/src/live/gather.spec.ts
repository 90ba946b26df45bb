import { describe, expect, it } from 'vitest';
import { job, node, progress, result } from '../../tests/views.js';
import { endedIn, gather } from './gather.js';

const drawn = (step: number) => progress({ attemptId: 'a', jobId: 'j', index: 3, step });

describe('gathering events', () => {
  it('keeps the last word on each job and node', () => {
    const change = gather([
      { type: 'job.changed', job: job({ id: 'j', state: 'queued' }) },
      { type: 'node.changed', node: node({ id: 'n', state: 'ready' }) },
      { type: 'job.changed', job: job({ id: 'j', state: 'running' }) },
      { type: 'node.changed', node: node({ id: 'n', state: 'draining' }) },
    ]);
    expect(change.jobs.get('j')?.state).toBe('running');
    expect(change.nodes.get('n')?.state).toBe('draining');
    expect(change.reset).toBe(false);
  });

  it('keeps the latest progress of an attempt and its latest preview', () => {
    const change = gather([
      { type: 'progress', progress: drawn(1), preview: 'data:one' },
      { type: 'progress', progress: drawn(2) },
    ]);
    expect(change.progress.get('a')).toEqual({ progress: drawn(2), preview: 'data:one' });
  });

  it('forgets the progress of what has ended', () => {
    expect(
      gather([
        { type: 'progress', progress: drawn(7) },
        { type: 'task.succeeded', result: result({ jobId: 'j', index: 3 }) },
      ]).progress.size,
    ).toBe(0);
    expect(
      gather([
        { type: 'progress', progress: drawn(7) },
        { type: 'task.dead', jobId: 'j', index: 3, cause: 'engine_crashed', message: 'It ended.' },
      ]).progress.size,
    ).toBe(0);
  });

  it('forgets the progress that a node told of before its own change', () => {
    const before = progress({ attemptId: 'old', nodeId: 'n', slotId: 's' });
    const after = progress({ attemptId: 'new', nodeId: 'n', slotId: 's' });
    const change = gather([
      { type: 'progress', progress: before },
      { type: 'node.changed', node: node({ id: 'n' }) },
      { type: 'progress', progress: after },
    ]);
    expect([...change.progress.keys()]).toEqual(['new']);
  });

  it('knows which tasks ended, and that the log was cut', () => {
    const change = gather([
      { type: 'task.succeeded', result: result({ jobId: 'j', index: 1 }) },
      { type: 'task.dead', jobId: 'k', index: 2, cause: 'out_of_memory', message: 'It did not fit.' },
      { type: 'reset' },
    ]);
    const ended = endedIn(change);
    expect([ended({ jobId: 'j', index: 1 }), ended({ jobId: 'k', index: 2 }), ended({ jobId: 'j', index: 2 })]).toEqual(
      [true, true, false],
    );
    expect(change.reset).toBe(true);
  });
});
