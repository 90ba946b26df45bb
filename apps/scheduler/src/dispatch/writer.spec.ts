import { AtelierError } from '@atelier/contracts';
import type { DispatchOp } from '@atelier/store';
import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import { DispatchWriter } from './writer.js';

const logger = pino({ level: 'silent' });
const started = (attemptId: string) => ({ kind: 'started' as const, attemptId, jobId: 'job', taskIndex: 0 });

/** A database that is away until it is told to come back. */
function flakyStore() {
  const written: string[] = [];
  const store = {
    away: false,
    written,
    commit: async (op: DispatchOp) => {
      await Promise.resolve();
      if (store.away) throw new AtelierError('unavailable', 'The database does not answer.');
      written.push(op.attemptId);
      return { applied: true, task: 'running' };
    },
  };
  return store;
}

test('writes what came while the database was away in the order in which it was decided', async () => {
  const store = flakyStore();
  const writer = new DispatchWriter(store as never, logger, () => {});
  store.away = true;
  const early = [writer.commit(started('1')), writer.commit(started('2'))];
  await new Promise((next) => setTimeout(next, 20));
  const late = writer.commit(started('3'));
  store.away = false;
  await Promise.all([...early, late]);
  expect(store.written).toEqual(['1', '2', '3']);
});

test('tells when another scheduler leads', async () => {
  const onSuperseded = vi.fn();
  const commit = () => Promise.reject(new AtelierError('superseded', 'Term 1 is over.'));
  const writer = new DispatchWriter({ commit }, logger, onSuperseded);
  await expect(writer.commit(started('1'))).rejects.toMatchObject({ code: 'superseded' });
  expect(onSuperseded).toHaveBeenCalledOnce();
});

test('gives up waiting when it is closed', async () => {
  const store = flakyStore();
  const writer = new DispatchWriter(store as never, logger, () => {});
  store.away = true;
  const waiting = writer.commit(started('1'));
  await new Promise((next) => setTimeout(next, 20));
  writer.close();
  await expect(waiting).rejects.toMatchObject({ code: 'unavailable' });
});
