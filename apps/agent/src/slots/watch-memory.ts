/** The most memory of a card that is taken while a run goes on, by readings of its driver. */

const everyMs = 1_000;

/**
 * Reads until it is asked for the result: the highest reading in bytes, 0 where there was none.
 * @param read gives the bytes that are taken now; null where nothing tells
 */
export function watchMemory(read: () => Promise<number | null>): () => number {
  let most = 0;
  let reading = false;
  const timer = setInterval(() => {
    // A driver that takes its time is not asked twice at once.
    if (reading) return;
    reading = true;
    void read()
      .then((bytes) => (most = Math.max(most, bytes ?? 0)))
      .catch(() => undefined)
      .finally(() => (reading = false));
  }, everyMs);
  return () => {
    clearInterval(timer);
    return most;
  };
}
