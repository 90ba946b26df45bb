/** Brings finished pictures into the spool, and waits where the disk takes none. */
import { EventEmitter } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { agentProto } from '@atelier/contracts';
import type { Logger } from '@atelier/telemetry';
import type { Spool } from '../spool/spool.js';
import type { Uploader } from '../spool/uploader.js';
import { finishedPicture, type FinishedRun } from './finished-picture.js';
import type { Work } from './work.js';

const tryAgainMs = 2_000;

export class PictureStore extends EventEmitter<{ changed: [] }> {
  /** Why the spool takes no picture, in a sentence; empty while it does. Slots start nothing meanwhile. */
  trouble = '';
  private readonly closing = new AbortController();

  constructor(
    private readonly spool: Spool,
    private readonly uploader: Uploader,
    private readonly log: Logger,
  ) {
    super();
  }

  /** Encodes and spools one picture of a run, however long the disk needs, unless nobody wants it any more. */
  async keep(work: Work, lease: agentProto.Lease, index: number, finished: FinishedRun): Promise<void> {
    const isWanted = () => work.wanted.has(lease.attemptId) && !this.closing.signal.aborted;
    if (!isWanted()) return;
    const { entry, file } = await finishedPicture(lease, index, finished);
    while (isWanted()) {
      try {
        await this.uploader.add(entry, file);
        break;
      } catch (error) {
        this.report(this.sentence(error as NodeJS.ErrnoException));
        await wait(tryAgainMs, undefined, { signal: this.closing.signal }).catch(() => undefined);
      }
    }
    // Stored, or given up: if the disk is still full, the next picture finds out.
    this.report('');
  }

  /** Gives up what still waits for the disk. */
  close(): void {
    this.closing.abort();
  }

  private sentence({ code, message }: NodeJS.ErrnoException): string {
    const why = code === 'ENOSPC' || code === 'EDQUOT' ? 'the disk is full; free some space' : message;
    return `The spool ${this.spool.folder} takes no pictures: ${why}.`;
  }

  private report(trouble: string): void {
    if (trouble === this.trouble) return;
    this.trouble = trouble;
    if (trouble) this.log.error({ why: trouble }, 'finished pictures wait in memory');
    this.emit('changed');
  }
}
