import type { LoggedEvent } from '@atelier/contracts';
import { describe, expect, it, vi } from 'vitest';
import { createOutbox, OUTBOX_LIMIT } from './outbox.js';

const event = (seq: number): LoggedEvent => ({
  seq,
  at: new Date(0),
  type: 'job.changed',
  jobId: 'job',
  nodeId: null,
  taskIndex: null,
  data: {},
});

describe('outbox', () => {
  it('sends in order and repeats what was not taken', async () => {
    const sent: number[] = [];
    let away = true;
    const outbox = createOutbox(async ({ seq }) => {
      if (away && seq > 1) throw new Error('away');
      sent.push(seq);
    });
    for (const seq of [1, 2, 3]) outbox.add(event(seq));
    await vi.waitUntil(() => sent.length > 0, { timeout: 30_000 });
    expect(sent).toEqual([1]);
    away = false;
    outbox.add(event(4));
    await outbox.empty();
    expect(sent).toEqual([1, 2, 3, 4]);
  });

  it('forgets the oldest beyond its limit', async () => {
    const sent: number[] = [];
    let away = true;
    const outbox = createOutbox(async ({ seq }) => {
      if (away) throw new Error('away');
      sent.push(seq);
    });
    for (let seq = 1; seq <= OUTBOX_LIMIT + 5; seq++) outbox.add(event(seq));
    away = false;
    await outbox.empty();
    expect(sent[0]).toBe(6);
    expect(sent).toHaveLength(OUTBOX_LIMIT);
  });

  it('stops when told, whatever waits', async () => {
    const outbox = createOutbox(() => Promise.reject(new Error('away')));
    outbox.add(event(1));
    outbox.stop();
    await outbox.empty();
  });
});
