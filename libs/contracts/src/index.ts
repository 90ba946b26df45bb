/** The words that the farm's parts share: states, errors, REST views, events and the protobuf messages. */
export * from './states.js';
export * from './errors.js';
export * from './features.js';
export * from './rest/views.js';
export * from './rest/operators.js';
export * from './rest/events.js';
export * from './rest/gallery.js';
export * from './rest/insight.js';
export * from './rest/bulk.js';
export * from './rest/history.js';
export * as agentProto from './generated/atelier/agent/v1/agent.js';
export * as registryProto from './generated/atelier/registry/v1/registry.js';
export * from './discovery.js';
export * from './model-files.js';
