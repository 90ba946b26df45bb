/**
 * `GET /api/v1/events`: the event log as server-sent events, and what runs between its lines.
 *
 * The bus only wakes: what a reader gets comes in order of `seq` without a gap, from the bus while it is in step and from
 * the log otherwise. Each event is looked up once for all readers.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AtelierError, type FarmEvent, type LoggedEvent } from '@atelier/contracts';
import type { EventBus } from '@atelier/events';
import type { EventLog } from '@atelier/store';
import type { Logger } from '@atelier/telemetry';
import { viewOf, type EventViews } from './event-views.js';
import { Reader } from './reader.js';

/** What is worth telling while it happens and not worth remembering: progress, previews, readings of slots. */
export interface LiveEvents {
  /** Calls `listener` with every such event. Returns how to stop it. */
  subscribe(listener: (event: FarmEvent) => void): () => void;
}

export interface EventStreamPorts {
  log: Pick<EventLog, 'since' | 'range'>;
  bus: Pick<EventBus, 'subscribe'>;
  views: EventViews;
  live: LiveEvents;
  /** Told when the first reader comes and when the last one goes: previews are made only in between. */
  onWatchers(watching: boolean): void;
  logger: Logger;
}

/** As many pages may be open at once; a browser opens six connections to a host, and everybody has many tabs. */
const maxReaders = 200;
const batch = 256;
const rememberedViews = 1024;
const heartbeatMs = 15_000;

export class EventStream {
  private readonly readers = new Set<Reader>();
  private readonly views = new Map<number, Promise<FarmEvent | null>>();
  private readonly unsubscribe: (() => void)[];
  private readonly heartbeat: NodeJS.Timeout;

  constructor(private readonly ports: EventStreamPorts) {
    this.unsubscribe = [
      ports.bus.subscribe((event) => {
        for (const reader of this.readers) this.wake(reader, event);
      }),
      ports.live.subscribe((event) => {
        for (const reader of this.readers) reader.live(event);
      }),
    ];
    this.heartbeat = setInterval(() => {
      for (const reader of this.readers) reader.comment('still here');
    }, heartbeatMs).unref();
  }

  /**
   * Turns `response` into a stream. A reader with a `Last-Event-ID` (header, or `?lastEventId=`) gets what came after it, or
   * `reset` where the log does not reach back that far; one without gets what comes from now on.
   * Throws `unavailable` when too many read already.
   */
  serve(request: IncomingMessage, response: ServerResponse): void {
    if (this.readers.size >= maxReaders) {
      throw new AtelierError(
        'unavailable',
        `${maxReaders} readers follow the events already; close one and try again.`,
      );
    }
    const reader = new Reader(response);
    this.readers.add(reader);
    if (this.readers.size === 1) this.ports.onWatchers(true);
    response.once('close', () => {
      this.readers.delete(reader);
      if (this.readers.size === 0) this.ports.onWatchers(false);
    });
    void this.begin(reader, lastEventIdOf(request));
  }

  close(): void {
    for (const stop of this.unsubscribe) stop();
    clearInterval(this.heartbeat);
    for (const reader of this.readers) reader.end();
  }

  private async begin(reader: Reader, lastEventId: string | undefined): Promise<void> {
    reader.busy = true;
    try {
      const { first, last } = await this.ports.log.range();
      const asked = lastEventId === undefined ? last : Number(lastEventId);
      const known = Number.isSafeInteger(asked) && asked >= first - 1 && asked <= last;
      reader.start(known ? asked : last, last);
      if (!known) reader.event({ type: 'reset' }, last);
    } catch (error) {
      this.cut(reader, error);
    } finally {
      reader.busy = false;
    }
    await this.catchUp(reader);
  }

  private wake(reader: Reader, event: LoggedEvent): void {
    reader.newest = Math.max(reader.newest, event.seq);
    reader.waiting.set(event.seq, event);
    void this.catchUp(reader);
  }

  private async catchUp(reader: Reader): Promise<void> {
    if (reader.busy) return;
    reader.busy = true;
    try {
      while (!reader.closed && reader.seq < reader.newest) {
        const next = reader.waiting.get(reader.seq + 1);
        const events = next ? [next] : await this.ports.log.since(reader.seq, batch);
        // The bus may tell of an event before this process can read it; the next one wakes again.
        if (events.length === 0) break;
        for (const event of withoutRepeats(events)) await this.send(reader, event);
      }
    } catch (error) {
      this.cut(reader, error);
    } finally {
      reader.busy = false;
    }
  }

  private async send(reader: Reader, event: LoggedEvent): Promise<void> {
    const view = await this.view(event);
    if (view) reader.event(view, event.seq);
    reader.seq = event.seq;
    for (const seq of reader.waiting.keys()) if (seq <= event.seq) reader.waiting.delete(seq);
  }

  private cut(reader: Reader, error: unknown): void {
    this.ports.logger.warn({ err: error }, 'The event log cannot be read; a reader is cut and will come back.');
    reader.end();
  }

  private view(event: LoggedEvent): Promise<FarmEvent | null> {
    const known = this.views.get(event.seq);
    if (known) return known;
    const view = viewOf(event, this.ports.views);
    this.views.set(event.seq, view);
    view.catch(() => this.views.delete(event.seq));
    if (this.views.size > rememberedViews) this.views.delete(this.views.keys().next().value!);
    return view;
  }
}

/** Without the changes of a job that a later change of the same job tells of anyway. */
function withoutRepeats(events: readonly LoggedEvent[]): LoggedEvent[] {
  const lastChange = new Map<string | null, LoggedEvent>();
  for (const event of events) if (event.type === 'job.changed') lastChange.set(event.jobId, event);
  return events.filter((event) => event.type !== 'job.changed' || lastChange.get(event.jobId) === event);
}

function lastEventIdOf(request: IncomingMessage): string | undefined {
  const header = request.headers['last-event-id'];
  if (typeof header === 'string') return header;
  return new URL(request.url ?? '/', 'http://farm').searchParams.get('lastEventId') ?? undefined;
}
