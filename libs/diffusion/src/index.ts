/** The engine: pictures from a checkpoint where it lies. It knows nothing of farms. */
export { InputError } from './errors.js';
export { canny } from './image/canny.js';
export type { FitMode } from './image/fit.js';
export * from './image/picture.js';
export type { Raster } from './image/raster.js';
export { readPngText, withPngText } from './image/png-text.js';
export type * from './pipelines/types.js';
export { EngineError, type EngineErrorCode } from './runtime/engine-error.js';
export { startEngine, type Engine, type EngineExit, type EngineOptions } from './runtime/engine.js';
export { ENGINE_BUILD } from './runtime/engine-build.js';
export { parseSamplerName } from './samplers/names.js';
export { noiseLevelSchedules, samplerNames, type NoiseLevelSchedule, type SamplerName } from './samplers/registry.js';
