import type { EventBus, EventBusOptions } from './bus.js';
import { createLocalBus } from './local-bus.js';
import { createNatsBus } from './nats-bus.js';

/** The bus of this scheduler: over NATS if a server is named, else within the process. Throws `invalid_request` for a malformed address. */
export function createEventBus(options: EventBusOptions = {}): EventBus {
  const { natsUrl } = options;
  return natsUrl ? createNatsBus({ ...options, natsUrl }) : createLocalBus();
}
