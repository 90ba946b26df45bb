import type { EventBus, EventBusOptions } from './bus.js';
import { createLocalBus } from './local-bus.js';

/**
 * The bus of this scheduler: over NATS if a server is named, else within the process. Rejects with `invalid_request` for a
 * malformed address.
 */
export async function createEventBus(options: EventBusOptions = {}): Promise<EventBus> {
  const { natsUrl } = options;
  if (!natsUrl) return createLocalBus();
  const { createNatsBus } = await import('./nats-bus.js');
  return createNatsBus({ ...options, natsUrl });
}
