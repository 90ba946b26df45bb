/** Metrics, logs, and probes of the host and its GPUs. */
export * from './agent-metrics.js';
export * from './gpu.js';
export * from './host.js';
export * from './logger.js';
export * from './registry.js';
export * from './scheduler-metrics.js';
