import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { AtelierError } from '@atelier/contracts';
import type { ConsumerMessages } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { EventBus, EventBusOptions } from './bus.js';
import { createListeners } from './listeners.js';
import { parseNatsUrl } from './nats-address.js';
import { createEventStream, eventOf, type EventStream } from './nats-stream.js';
import { createOutbox } from './outbox.js';

/** Pause between two attempts to reach the broker, in milliseconds. */
const RETRY_MS = 500;
const CLOSE_WITHIN_MS = 2_000;

/**
 * A bus between processes, through NATS JetStream. Needs the broker for nothing that happens within this process: it
 * connects in the background, for as long as it takes, and again whenever the connection is lost.
 * Throws `invalid_request` for an address or a farm's name that can never work.
 */
export function createNatsBus({
  natsUrl,
  farm = 'atelier',
  onStatus = () => {},
}: EventBusOptions & { natsUrl: string }): EventBus {
  const address = parseNatsUrl(natsUrl);
  if (!/^[\w-]+$/.test(farm))
    throw new AtelierError(
      'invalid_request',
      `The farm's name "${farm}" has other characters than letters, digits, - and _.`,
    );

  const origin = randomUUID();
  const listeners = createListeners();
  const closed = new AbortController();
  let connection: NatsConnection | null = null;
  let stream: EventStream | null = null;
  let incoming: ConsumerMessages | null = null;
  let flowing = false;
  let lastDetail = '';

  const outbox = createOutbox(async (event) => {
    if (!stream || !flowing) throw new Error('not connected');
    await stream.publish(event);
  });

  function report(connected: boolean, detail: string) {
    if (connected === flowing && detail === lastDetail) return;
    flowing = connected;
    lastDetail = detail;
    onStatus(connected, detail);
  }

  async function reach(): Promise<NatsConnection | null> {
    while (!closed.signal.aborted) {
      try {
        return await connect({
          ...address,
          name: 'atelier',
          maxReconnectAttempts: -1,
          reconnectTimeWait: RETRY_MS,
          timeout: 2_000,
        });
      } catch (error) {
        report(false, `NATS at ${address.servers as string} cannot be reached: ${(error as Error).message}.`);
        await pause();
      }
    }
    return null;
  }

  const pause = () => wait(RETRY_MS, undefined, { signal: closed.signal }).catch(() => {});

  async function watch(established: NatsConnection) {
    for await (const { type } of established.status()) {
      if (type === 'disconnect') report(false, `NATS at ${address.servers as string} was lost.`);
      // What was consumed from belongs to the old connection, perhaps to a server that has forgotten the stream.
      if (type === 'reconnect') incoming?.stop();
    }
  }

  async function receive(established: EventStream) {
    for (let next: number | null = null; !closed.signal.aborted;) {
      try {
        const last: number = await established.ensure();
        // A stream that ends before what was read of it is a new one: all of it is news.
        if (next === null) next = last + 1;
        else if (next > last + 1) next = 1;
        incoming = await established.messages(next);
        report(true, `NATS at ${address.servers as string} carries events.`);
        for await (const message of incoming) {
          next = message.seq + 1;
          const event = eventOf(message.string(), origin);
          if (event) listeners.tell(event);
        }
      } catch (error) {
        report(false, `NATS at ${address.servers as string} carries no events: ${(error as Error).message}.`);
        await pause();
      }
    }
  }

  const running = (async () => {
    connection = await reach();
    if (!connection) return;
    stream = createEventStream(connection, farm, origin);
    void watch(connection);
    await receive(stream);
  })();

  return {
    publish: (event) => {
      listeners.tell(event);
      outbox.add(event);
    },
    subscribe: (listener) => listeners.add(listener),
    get connected() {
      return flowing;
    },
    close: async () => {
      const timeout = new AbortController();
      await Promise.race([
        outbox.empty(),
        wait(CLOSE_WITHIN_MS, undefined, { signal: timeout.signal }).catch(() => {}),
      ]);
      timeout.abort();
      outbox.stop();
      closed.abort();
      incoming?.stop();
      await connection?.close();
      await running;
    },
  };
}
