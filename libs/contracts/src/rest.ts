/** The part of the contracts that a browser needs: no gRPC. */
export * from './states.js';
export * from './rest/views.js';
export * from './rest/operators.js';
export * from './rest/events.js';
export * from './rest/gallery.js';
export * from './rest/insight.js';
export * from './rest/bulk.js';
export * from './rest/history.js';
