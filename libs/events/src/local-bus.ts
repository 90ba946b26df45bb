import type { EventBus } from './bus.js';
import { createListeners } from './listeners.js';

/** A bus within this process. */
export function createLocalBus(): EventBus {
  const listeners = createListeners();
  return {
    publish: (event) => listeners.tell(event),
    subscribe: (listener) => listeners.add(listener),
    connected: true,
    close: async () => {},
  };
}
