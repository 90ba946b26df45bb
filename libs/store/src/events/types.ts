import type { LoggedEvent } from '@atelier/contracts';

export interface EventLog {
  /** Events with a greater number than `seq`, in order, without a gap. */
  since(seq: number, limit: number): Promise<LoggedEvent[]>;
  /** Numbers of the first event that is kept and of the last one; `first = last + 1` when none is kept. A reader of `since(n)` with `n < first - 1` came too late. */
  range(): Promise<{ first: number; last: number }>;
  /** Forgets events older than `before`. Returns how many. */
  prune(before: Date): Promise<number>;
  /** Calls `listener` with what this store's own transactions logged, after their commit, in order. Returns how to stop it. */
  onLogged(listener: (events: LoggedEvent[]) => void): () => void;
}
