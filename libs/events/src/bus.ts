import type { LoggedEvent } from '@atelier/contracts';

/**
 * Carries events of the log to whoever listens. It is a messenger only: truth is the log. Those of this process arrive at
 * once and in order; those of others may come late, twice or, after a long loss of the broker, not at all. A listener that
 * must not miss one reads `since(seq)` from the store when it starts, when the bus connects, and whenever `seq` jumps.
 */
export interface EventBus {
  /** Hands an event on, at once and without waiting: a broker that is away delays messages, never the caller. */
  publish(event: LoggedEvent): void;
  /** Calls `listener` with every event from now on, those of this process included. Returns how to stop it. */
  subscribe(listener: (event: LoggedEvent) => void): () => void;
  /** Whether messages flow between processes now. Always true where there is one process only. */
  readonly connected: boolean;
  /** Sends what waits, for at most two seconds, and lets go. */
  close(): Promise<void>;
}

export interface EventBusOptions {
  /** NATS server with JetStream, `nats://[user:password@]host[:port]` or `tls://…`. Absent: within this process only. */
  natsUrl?: string;
  /** Keeps farms that share a server apart: letters, digits, `-` and `_`. @default 'atelier' */
  farm?: string;
  /** Told when messages between processes begin to flow, and when they stop, with the reason. */
  onStatus?: (connected: boolean, detail: string) => void;
}
