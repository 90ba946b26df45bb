/** The part of the contracts that a browser needs: no gRPC. */
export * from './states.js';
export * from './rest/views.js';
export * from './rest/events.js';
