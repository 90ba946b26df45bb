// What can be known of models without the runtime: exported as `@atelier/diffusion/checkpoint`.
export { describeCanRun, largestSide, whatCanRun, type CanRun } from './can-run.js';
export { catalogueModels, type CataloguedModel, type CatalogueOptions } from './catalogue.js';
export { CheckpointError } from './checkpoint-error.js';
export { describeCheckpoint, type Architecture, type CheckpointDescription } from './describe.js';
export { footprintOf } from './footprint.js';
export { memoryOfRun, type DrawnSize, type Footprint } from '../networks/run-memory.js';
export { findModels, type FoundModel } from './find-models.js';
export { familyOf } from './model-family.js';
export type { Purpose } from './purpose.js';
export { kindOf, modelKinds, type ModelKind } from './model-kind.js';
export { filesOfModel, hashCheckpoint } from './identity.js';
export { latentsOfPreviewDecoder, matchPreviewDecoders } from './preview-decoders.js';
export { scaleOfUpscaler } from './upscaler-scale.js';
export { importModel } from './import/import-model.js';
export type { ImportOptions } from './import/import-file.js';
export { parseSettings, type SingleFileSettings } from './single-file/settings.js';
export { KIND_NAMES, type KindName } from './single-file/kinds.js';
