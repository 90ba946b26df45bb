/** The farm's event stream (`GET /api/v1/events`), kept open across breaks. */
import { setTimeout as wait } from 'node:timers/promises';
import { AtelierError, errorCatalogue } from '@atelier/contracts';
import type { FarmEvent } from '@atelier/contracts/rest';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { Failure } from '../errors.js';
import { call, type Server } from './http.js';

/** The scheduler says something at least every 15 s; a stream that is silent for longer than this is dead. */
const silenceMs = 45_000;
/** How long a farm may be away before the reader gives up. */
const awayMs = 60_000;

/**
 * Events from now on, for as long as `signal` allows. `open` comes whenever a stream was opened: state that is read
 * after it misses no event. After a break the stream goes on behind the last event seen.
 * Throws a Failure when the farm stays away for a minute.
 */
export async function* farmEvents(server: Server, signal: AbortSignal): AsyncGenerator<FarmEvent | { type: 'open' }> {
  let lastEventId: string | undefined;
  let lostAt: number | null = null;
  for (let tries = 0; !signal.aborted; tries++) {
    try {
      for await (const message of readStream(server, lastEventId, signal)) {
        [lostAt, tries] = [null, 0];
        if (message === 'open') yield { type: 'open' };
        else {
          lastEventId = message.id ?? lastEventId;
          yield JSON.parse(message.data) as FarmEvent;
        }
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!isPassing(error)) throw error;
      lostAt ??= performance.now();
      if (performance.now() - lostAt > awayMs) throw error;
    }
    await wait(Math.min(250 * 2 ** tries, 5_000), undefined, { signal }).catch(() => {});
  }
}

const isPassing = (error: unknown) =>
  error instanceof Failure || (error instanceof AtelierError && errorCatalogue[error.code].retryable);

/** One connection: `open`, then its messages until it ends. */
async function* readStream(
  server: Server,
  lastEventId: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<'open' | EventSourceMessage> {
  const silence = new AbortController();
  const answer = await call(server, '/events', {
    headers: { accept: 'text/event-stream', ...(lastEventId ? { 'last-event-id': lastEventId } : {}) },
    signal: AbortSignal.any([signal, silence.signal]),
  });
  yield 'open';

  const messages: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => messages.push(message) });
  const text = answer.body!.pipeThrough(new TextDecoderStream());
  const timer = setTimeout(() => silence.abort(), silenceMs);
  try {
    for await (const chunk of text) {
      timer.refresh();
      parser.feed(chunk);
      yield* messages.splice(0);
    }
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Failure(`the connection to ${server.address} broke`);
  } finally {
    clearTimeout(timer);
  }
}
