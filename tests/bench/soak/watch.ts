/** Samples of memory while a job is done. */
import type pg from 'pg';
import { submit } from '../../faults/ask.js';
import { wait } from '../../faults/faults/fault.js';

export interface Sample {
  /** Tasks that were done. */
  done: number;
  mb: number;
}

const everyMs = 500;

/** Submits the batch and reads until it is done. Throws if a task failed. */
export async function watchMemory<K extends string>(
  api: string,
  database: pg.Pool,
  batch: object,
  read: () => Record<K, number>,
): Promise<Record<K, Sample[]>> {
  const { id } = await submit(api, batch, 'soak');
  const samples = {} as Record<K, Sample[]>;
  for (;;) {
    const { rows } = await database.query<{ succeeded: number; state: string }>(
      'SELECT succeeded, state FROM jobs WHERE id = $1',
      [id],
    );
    const { succeeded: done, state } = rows[0]!;
    for (const [name, mb] of Object.entries(read()) as [K, number][]) (samples[name] ??= []).push({ done, mb });
    if (state === 'completed') return samples;
    if (state === 'failed') throw new Error('tasks of the soak failed');
    await wait(everyMs);
  }
}
