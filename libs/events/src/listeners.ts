import type { LoggedEvent } from '@atelier/contracts';

export interface Listeners {
  add(listener: (event: LoggedEvent) => void): () => void;
  tell(event: LoggedEvent): void;
}

/** Those who hear of events. One that throws does not keep the others, or who tells, from going on. */
export function createListeners(): Listeners {
  const listeners = new Set<(event: LoggedEvent) => void>();
  return {
    add: (listener) => {
      // A wrapper of its own for each call: the same function may listen twice and stop once.
      const entry = (event: LoggedEvent) => listener(event);
      listeners.add(entry);
      return () => void listeners.delete(entry);
    },
    tell: (event) => {
      for (const listener of listeners) {
        try {
          listener(event);
        } catch (error) {
          process.emitWarning(`A listener failed at event ${event.seq}: ${(error as Error).message}`);
        }
      }
    },
  };
}
