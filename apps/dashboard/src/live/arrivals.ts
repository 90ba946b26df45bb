/** How many pictures have come since the page began: the gallery counts from where it has read. */
import { useSyncExternalStore } from 'react';

let total = 0;
const listeners = new Set<() => void>();

export const arrivals = {
  current: () => total,
  add(pictures: number): void {
    total += pictures;
    for (const listener of listeners) listener();
  },
};

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useArrivals = (): number => useSyncExternalStore(subscribe, arrivals.current);
