import { setTimeout as wait } from 'node:timers/promises';
import type { LoggedEvent } from '@atelier/contracts';

/** Events under way to the broker at once. */
const AT_ONCE = 64;
/** Pause after an event was not taken, in milliseconds. */
const RETRY_MS = 500;
/** Events kept for a broker that is away: beyond it the oldest are forgotten, readers find them in the log. */
export const OUTBOX_LIMIT = 10_000;

export interface Outbox {
  add(event: LoggedEvent): void;
  /** Settles when nothing waits any more. */
  empty(): Promise<void>;
  /** Sends nothing more. */
  stop(): void;
}

/** Sends events in order, each until `send` has settled without an error. */
export function createOutbox(send: (event: LoggedEvent) => Promise<unknown>): Outbox {
  const waiting = new Map<number, LoggedEvent>();
  const stopped = new AbortController();
  let running: Promise<void> | null = null;

  async function run() {
    while (waiting.size > 0 && !stopped.signal.aborted) {
      const events = [...waiting.values()].slice(0, AT_ONCE);
      const sent = await Promise.allSettled(events.map(send));
      sent.forEach(({ status }, i) => status === 'fulfilled' && waiting.delete(events[i]!.seq));
      if (sent.some(({ status }) => status === 'rejected'))
        await wait(RETRY_MS, undefined, { signal: stopped.signal }).catch(() => {});
    }
    running = null;
  }

  return {
    add: (event) => {
      waiting.set(event.seq, event);
      if (waiting.size > OUTBOX_LIMIT) waiting.delete(waiting.keys().next().value!);
      running ??= run();
    },
    empty: async () => {
      while (running) await running;
    },
    stop: () => stopped.abort(),
  };
}
