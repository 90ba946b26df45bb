/** The way of one spooled picture to the scheduler: ticket, upload, report, acknowledgement, and again until it came. */
import { setTimeout as wait } from 'node:timers/promises';
import type { agentProto } from '@atelier/contracts';
import { backoffMs } from '../node/backoff.js';
import type { PutAnswer } from './put-picture.js';
import type { SpoolEntry } from './spool.js';

export interface DeliverySteps {
  /** Asks the scheduler for a ticket; nothing happens while no session is live. */
  askForTicket(entry: SpoolEntry): void;
  /** Uploads with a ticket; rejects where no answer came. */
  put(entry: SpoolEntry, ticket: agentProto.UploadTicket, signal: AbortSignal): Promise<PutAnswer>;
  /** Says that the file lies in the store. */
  reportUploaded(uploaded: agentProto.AttemptUploaded): void;
  /** The server will never take this file. */
  refused(entry: SpoolEntry, why: string): Promise<void>;
  /** A try failed; there will be another. */
  tryFailed(entry: SpoolEntry, why: string): void;
}

/** How long an answer of the scheduler is waited for before it is asked again. */
const answerTimeoutMs = 15_000;
const firstPauseMs = 500;
const longestPauseMs = 30_000;
/** A ticket that ends sooner than this is not begun with. */
const ticketReserveMs = 5_000;

/** Answers that say something about the file itself; all others may change with time or with a new ticket. */
const finalRefusals = new Set([400, 409, 413, 415, 422]);

export class Delivery {
  private readonly ended = new AbortController();
  private ticket: agentProto.UploadTicket | undefined;
  private pause = new AbortController();

  constructor(
    private readonly entry: SpoolEntry,
    private readonly steps: DeliverySteps,
  ) {}

  /** Works until the scheduler has decided (`end`) or refused the file. */
  async run(): Promise<void> {
    const { signal } = this.ended;
    for (let tries = 0; !signal.aborted; tries++) {
      if (tries > 0) await this.rest(backoffMs(tries, firstPauseMs, longestPauseMs));
      const ticket = await this.obtainTicket();
      if (!ticket || signal.aborted) continue;
      await this.upload(ticket);
    }
  }

  /** The scheduler has given a ticket. */
  giveTicket(ticket: agentProto.UploadTicket): void {
    this.ticket = ticket;
    this.pause.abort();
  }

  /** The scheduler has decided, or the agent stops: nothing more is done. */
  end(): void {
    this.ended.abort();
    this.pause.abort();
  }

  private async upload(ticket: agentProto.UploadTicket): Promise<void> {
    const began = performance.now();
    const answer = await this.steps.put(this.entry, ticket, this.ended.signal).catch((error: Error) => error);
    if (this.ended.signal.aborted) return;
    if (answer instanceof Error) return this.steps.tryFailed(this.entry, answer.message);
    this.ticket = undefined;
    if (finalRefusals.has(answer.status)) {
      await this.steps.refused(this.entry, answer.detail);
      return this.end();
    }
    if (answer.status >= 300)
      return this.steps.tryFailed(this.entry, `the scheduler answered ${answer.status}: ${answer.detail}`);
    const { uploaded } = this.entry;
    const uploadSeconds = (performance.now() - began) / 1000;
    this.steps.reportUploaded(
      uploaded.record ? { ...uploaded, record: { ...uploaded.record, uploadSeconds } } : uploaded,
    );
    // The acknowledgement ends this; silence means that it was lost with its session.
    await this.rest(answerTimeoutMs);
  }

  private async obtainTicket(): Promise<agentProto.UploadTicket | undefined> {
    if (!this.usableTicket()) {
      this.steps.askForTicket(this.entry);
      await this.rest(answerTimeoutMs);
    }
    return this.usableTicket();
  }

  private usableTicket(): agentProto.UploadTicket | undefined {
    const endsAt = this.ticket?.expiresAt?.getTime() ?? Infinity;
    if (endsAt - ticketReserveMs < Date.now()) this.ticket = undefined;
    return this.ticket;
  }

  /** Waits, but no longer than until a ticket comes or all is decided. */
  private async rest(milliseconds: number): Promise<void> {
    if (this.ended.signal.aborted) return;
    this.pause = new AbortController();
    await wait(milliseconds, undefined, { signal: this.pause.signal }).catch(() => undefined);
  }
}
