/** The page's one SSE connection: opened once, resumed by the browser, reopened when the browser gives up. */
import { FarmEvent, type FarmEventType } from '@atelier/contracts/rest';
import { gather, type Change } from './gather.js';

export type ConnectionState = 'connecting' | 'live' | 'lost';

export interface ConnectionHandlers {
  onChange(change: Change): void;
  onState(state: ConnectionState): void;
  /** Events may be missing from what came before: read the state afresh. */
  onGap(): void;
}

const eventTypes = [
  'job.changed',
  'node.changed',
  'task.succeeded',
  'task.dead',
  'reset',
  'progress',
] as const satisfies readonly FarmEventType[];

/** The page changes at most ten times a second, however many events come. */
const batchMs = 100;
/** A page that was held up finds hundreds of messages at once: so many are read before an input gets its turn. */
const readAtOnce = 50;
const longestRetryMs = 15_000;
/** A browser allows six connections to a host: a tab that nobody looks at gives its own back. */
const hiddenForMs = 60_000;

export interface Connection {
  /** Does not wait for the next try. */
  retry(): void;
}

/** @param lastEvent the event that everything read so far is no older than, if that is known */
export function connect(url: string, lastEvent: string | undefined, handlers: ConnectionHandlers): Connection {
  let after = lastEvent;
  let source: EventSource | null = null;
  let resumable = false;
  let failures = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let hidden: ReturnType<typeof setTimeout> | undefined;
  let unread: string[] = [];
  let batch: FarmEvent[] = [];
  let reading: ReturnType<typeof setTimeout> | undefined;

  function take({ data, lastEventId }: MessageEvent<string>): void {
    resumable ||= lastEventId !== '';
    unread.push(data);
    reading ??= setTimeout(read, batchMs);
  }

  /** Reads what came bit by bit; the page changes once, when all is read. */
  function read(): void {
    reading = undefined;
    const now = unread.slice(0, readAtOnce);
    unread = unread.slice(readAtOnce);
    for (const message of now) {
      const event = FarmEvent.safeParse(JSON.parse(message));
      // A newer scheduler may tell of things that this page does not know yet.
      if (event.success) batch.push(event.data);
    }
    if (unread.length > 0) {
      reading = setTimeout(read);
      return;
    }
    const events = batch;
    batch = [];
    handlers.onChange(gather(events));
  }

  function open(): void {
    handlers.onState('connecting');
    resumable = after !== undefined;
    source = new EventSource(after === undefined ? url : `${url}?lastEventId=${after}`);
    after = undefined;
    for (const type of eventTypes) source.addEventListener(type, take);
    source.addEventListener('open', () => {
      failures = 0;
      // The log closes a gap only if it knows where to resume; what was read before the first opening may be old, too.
      if (!resumable) handlers.onGap();
      handlers.onState('live');
    });
    source.addEventListener('error', () => {
      handlers.onState('lost');
      if (source?.readyState !== EventSource.CLOSED) return;
      retry = setTimeout(open, Math.min(1000 * 2 ** failures, longestRetryMs));
      failures += 1;
    });
  }

  function shut(): void {
    clearTimeout(retry);
    source?.close();
    source = null;
  }

  function onVisibility(): void {
    clearTimeout(hidden);
    if (document.hidden) hidden = setTimeout(shut, hiddenForMs);
    else if (source === null) open();
  }

  document.addEventListener('visibilitychange', onVisibility);
  open();
  return {
    retry() {
      shut();
      open();
    },
  };
}
