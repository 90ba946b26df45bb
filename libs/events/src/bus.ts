import type { LoggedEvent } from '@atelier/contracts';

/**
 * Carries events of the log to whoever listens. It is a messenger only: truth is the log, and a listener that must not
 * miss an event reads `since(seq)` from the store when it starts and whenever `seq` jumps.
 */
export interface EventBus {
  /** Hands an event on, at once and without waiting: a broker that is away delays or loses messages, never the caller. */
  publish(event: LoggedEvent): void;
  /** Calls `listener` with every event from now on, those of this process included. Returns how to stop it. */
  subscribe(listener: (event: LoggedEvent) => void): () => void;
  /** Whether messages flow now. */
  readonly connected: boolean;
  /** Sends what waits, for at most two seconds, and lets go. */
  close(): Promise<void>;
}

export interface EventBusOptions {
  /** NATS server, e.g. `nats://127.0.0.1:4222`. Absent: within this process only. */
  natsUrl?: string;
  /** Told when the broker is lost and found again. */
  onStatus?: (connected: boolean, detail: string) => void;
}
