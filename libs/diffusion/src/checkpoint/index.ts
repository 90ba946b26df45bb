// What can be known of models without the runtime: exported as `@atelier/diffusion/checkpoint`.
export { CheckpointError } from './checkpoint-error.js';
export { describeCheckpoint, type Architecture, type CheckpointDescription } from './describe.js';
export { findModels, type FoundModel, type ModelKind } from './find-models.js';
export { hashCheckpoint } from './identity.js';
