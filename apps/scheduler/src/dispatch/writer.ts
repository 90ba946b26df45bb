import { AtelierError } from '@atelier/contracts';
import type { Dispatch, DispatchOp, Outcomes } from '@atelier/store';
import type { Logger } from '@atelier/telemetry';

const firstPauseMs = 100;
const longestPauseMs = 5000;

/**
 * Writes the dispatcher's transitions in the order in which they were decided. While the database is away everything
 * waits and is written when it is back: a transition may be repeated, as its outcome says whether it took place.
 */
export class DispatchWriter {
  /** Settles when the present pause is over; writes begin behind it in the order in which they came. */
  private pause: Promise<void> | null = null;
  private pauseMs = firstPauseMs;
  private readonly closing = new AbortController();

  constructor(
    private readonly store: Pick<Dispatch, 'commit'>,
    private readonly logger: Logger,
    /** Another scheduler leads: nothing of this one is written any more. */
    private readonly onSuperseded: () => void,
  ) {}

  /** Throws `superseded`, `unavailable` after `close`, or `invalid_request` when the values cannot be stored. */
  async commit<K extends DispatchOp['kind']>(op: Extract<DispatchOp, { kind: K }>): Promise<Outcomes[K]> {
    for (;;) {
      while (this.pause) await this.pause;
      if (this.closing.signal.aborted) throw new AtelierError('unavailable', 'The scheduler is stopping.');
      try {
        const outcome = await this.store.commit<K>(op);
        this.pauseMs = firstPauseMs;
        return outcome;
      } catch (error) {
        if (error instanceof AtelierError && error.code === 'superseded') this.onSuperseded();
        if (!(error instanceof AtelierError) || error.code !== 'unavailable') throw error;
        this.pause ??= this.startPause(error);
      }
    }
  }

  /** Gives up what waits for the database. */
  close(): void {
    this.closing.abort();
  }

  private startPause(error: AtelierError): Promise<void> {
    this.logger.warn({ pauseMs: this.pauseMs }, `${error.message} Dispatching waits.`);
    const ms = this.pauseMs;
    this.pauseMs = Math.min(ms * 2, longestPauseMs);
    return new Promise((resume) => {
      const end = () => {
        clearTimeout(timer);
        this.pause = null;
        resume();
      };
      const timer = setTimeout(end, ms);
      this.closing.signal.addEventListener('abort', end, { once: true });
    });
  }
}
