/** Follows the event log from outside, as a reader of `seq > n` does, through restarts of what it reads from. */
import type pg from 'pg';
import { wait } from './faults/fault.js';

export interface LogReader {
  /** Reads to the end of the log, and gives the numbers of all events in the order in which they came. */
  finish(): Promise<number[]>;
}

export function followLog(pool: pg.Pool, everyMs = 25): LogReader {
  const seen: number[] = [];
  let going = true;
  const readOn = async (): Promise<number> => {
    const { rows } = await pool.query<{ seq: number }>(
      'SELECT seq::float8 AS seq FROM events WHERE seq > $1 ORDER BY seq LIMIT 1000',
      [seen.at(-1) ?? 0],
    );
    for (const { seq } of rows) seen.push(seq);
    return rows.length;
  };
  const reading = (async () => {
    while (going) {
      await readOn().catch(() => {});
      await wait(everyMs);
    }
  })();
  return {
    finish: async () => {
      going = false;
      await reading;
      while ((await readOn()) > 0);
      return seen;
    },
  };
}
