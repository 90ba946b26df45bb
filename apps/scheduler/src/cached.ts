import { monotonicMs } from './clock.js';

/** A read that is done at most once in `forMs`; whoever asks meanwhile gets the same answer. A failure is not kept. */
export function cached<T>(forMs: number, read: () => Promise<T>): () => Promise<T> {
  let kept: { at: number; value: Promise<T> } | undefined;
  return () => {
    if (kept && monotonicMs() - kept.at < forMs) return kept.value;
    const mine = { at: monotonicMs(), value: read() };
    kept = mine;
    mine.value.catch(() => kept === mine && (kept = undefined));
    return mine.value;
  };
}
