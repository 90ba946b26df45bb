import type { ResultView } from '@atelier/contracts/rest';
import { useEffect, useState } from 'react';
import { keyOf } from '../live/apply.js';

/** Scrolled further down than this, a person reads: nothing may move under their eyes. */
const readingBelowPx = 240;

/**
 * New pictures come in at the front while the top of the list is in sight; below it they are held back and counted,
 * until `release` scrolls up to them.
 */
export function useHeldArrivals(results: ResultView[]) {
  const [front, setFront] = useState<string | null>(null);

  useEffect(() => {
    function onScroll() {
      const reading = window.scrollY > readingBelowPx;
      setFront((before) => (reading ? (before ?? (results[0] ? keyOf(results[0]) : null)) : null));
    }
    window.addEventListener('scroll', onScroll, { passive: true });
    return () => window.removeEventListener('scroll', onScroll);
  }, [results]);

  const held =
    front === null
      ? 0
      : Math.max(
          0,
          results.findIndex((result) => keyOf(result) === front),
        );
  return {
    shown: held === 0 ? results : results.slice(held),
    held,
    reading: front !== null,
    release: () => window.scrollTo({ top: 0 }),
  };
}
