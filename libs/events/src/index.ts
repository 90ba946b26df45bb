/** Fan-out of the event log to every process that wants to hear of it: within one process, or through NATS JetStream. */
export type * from './bus.js';
export { createEventBus } from './create-event-bus.js';
