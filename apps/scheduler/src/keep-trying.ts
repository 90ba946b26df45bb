import { setTimeout as wait } from 'node:timers/promises';
import { AtelierError } from '@atelier/contracts';
import type { Logger } from '@atelier/telemetry';

const pauseMs = 1000;

/** Does what must be done in the end: again while the database is away, until `signal` aborts. Other errors go to the log. */
export async function keepTrying(work: () => Promise<unknown>, signal: AbortSignal, logger: Logger): Promise<void> {
  while (!signal.aborted) {
    try {
      await work();
      return;
    } catch (error) {
      if (!(error instanceof AtelierError && error.code === 'unavailable')) {
        logger.error({ err: error }, 'Something that must be done failed.');
        return;
      }
    }
    await wait(pauseMs, undefined, { signal }).catch(() => {});
  }
}
