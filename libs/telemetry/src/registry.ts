import { collectDefaultMetrics, Registry } from 'prom-client';

export type { Registry };

/** A registry of one process, with the process's own metrics (CPU, memory, event loop, garbage collection). */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}
