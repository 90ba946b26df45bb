/** One connection of a reader of events: the text of server-sent events (WHATWG HTML, section 9.2). */
import type { ServerResponse } from 'node:http';
import type { FarmEvent, LoggedEvent } from '@atelier/contracts';

/** While this much waits to be sent, live events are left out: they would be old when they arrive. */
const maxLiveBytes = 256 * 2 ** 10;

/** A reader that lets this much pile up is too slow or gone: it is cut, and comes back with its last id. */
const maxPendingBytes = 8 * 2 ** 20;

export class Reader {
  /** Number of the last event that was sent. */
  seq = 0;
  /** Greatest number that the bus has told of. */
  newest = 0;
  /** Events of the bus that are not sent yet, by number. */
  readonly waiting = new Map<number, LoggedEvent>();
  /** Whether somebody is sending already. */
  busy = false;

  constructor(private readonly response: ServerResponse) {
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    response.write('retry: 1000\n\n');
    response.flushHeaders();
  }

  /** Begins behind event `seq`; `newest` is the last one of the log. Tells the reader its place, so that it can come back. */
  start(seq: number, newest: number): void {
    this.seq = seq;
    this.newest = Math.max(this.newest, newest);
    this.write(`id: ${seq}\n\n`);
  }

  get closed(): boolean {
    return this.response.destroyed || this.response.writableEnded;
  }

  /** Sends an event; with `id` where it is one of the log. */
  event(event: FarmEvent, id?: number): void {
    this.write(`${id === undefined ? '' : `id: ${id}\n`}event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  }

  /** Sends an event that is worth nothing later, unless the reader is behind. */
  live(event: FarmEvent): void {
    if (this.response.writableLength < maxLiveBytes) this.event(event);
  }

  /** Keeps proxies from closing a quiet connection. */
  comment(text: string): void {
    this.write(`: ${text}\n\n`);
  }

  end(): void {
    this.response.end();
  }

  private write(text: string): void {
    if (this.closed) return;
    if (this.response.writableLength > maxPendingBytes) return void this.response.destroy();
    this.response.write(text);
  }
}
