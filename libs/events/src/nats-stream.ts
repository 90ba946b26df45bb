import type { LoggedEvent } from '@atelier/contracts';
import {
  DeliverPolicy,
  DiscardPolicy,
  jetstream,
  JetStreamApiCodes,
  JetStreamApiError,
  jetstreamManager,
  type ConsumerMessages,
} from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';

/** How long the broker keeps an event for a process that is away, and within which it drops a repeated one, in milliseconds. */
const KEPT_MS = 60 * 60_000;
const REPEATS_MS = 2 * 60_000;
const MOST_EVENTS = 100_000;
const PUBLISH_TIMEOUT_MS = 2_000;

/** The events of one farm on one broker. */
export interface EventStream {
  /** Makes the stream if the broker has none (any more). Returns the number of its last message. */
  ensure(): Promise<number>;
  /** Settles when the broker has stored the event. A repetition is stored once. */
  publish(event: LoggedEvent): Promise<void>;
  /** Messages from number `from` on. */
  messages(from: number): Promise<ConsumerMessages>;
}

interface Envelope {
  /** Which bus published it. */
  origin: string;
  event: LoggedEvent;
}

export function createEventStream(connection: NatsConnection, farm: string, origin: string): EventStream {
  const name = `${farm}-events`;
  const subject = `${farm}.events`;
  const client = jetstream(connection, { timeout: PUBLISH_TIMEOUT_MS });
  return {
    ensure: async () => {
      const manager = await jetstreamManager(connection, { timeout: PUBLISH_TIMEOUT_MS });
      try {
        return (await manager.streams.info(name)).state.last_seq;
      } catch (error) {
        if (!(error instanceof JetStreamApiError) || error.code !== JetStreamApiCodes.StreamNotFound) throw error;
      }
      const created = await manager.streams.add({
        name,
        subjects: [subject],
        discard: DiscardPolicy.Old,
        max_age: nanos(KEPT_MS),
        max_msgs: MOST_EVENTS,
        duplicate_window: nanos(REPEATS_MS),
      });
      return created.state.last_seq;
    },
    publish: async (event) => {
      const envelope: Envelope = { origin, event };
      await client.publish(subject, JSON.stringify(envelope), { msgID: `${origin}/${event.seq}` });
    },
    messages: async (from) => {
      const start = { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: from };
      return (await client.consumers.get(name, start)).consume();
    },
  };
}

/** The event of a message; null for one of `origin` itself, or one that no bus of ours wrote. */
export function eventOf(text: string, origin: string): LoggedEvent | null {
  try {
    const envelope = JSON.parse(text) as Envelope;
    if (envelope.origin === origin || !Number.isSafeInteger(envelope.event.seq)) return null;
    return { ...envelope.event, at: new Date(envelope.event.at) };
  } catch {
    return null;
  }
}
