import { useEffect, useState } from 'react';

/** The present, ms since the epoch, renewed every `everyMs`: for ages and running clocks. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
