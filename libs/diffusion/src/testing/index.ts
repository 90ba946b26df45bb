/** Checkpoints to measure with and to test on. */
export { writeRandomFaceRestorer, writeRandomMotion, writeRandomUpscaler } from './random-additions.js';
export { writeRandomCheckpoint } from './random-checkpoint.js';
export { SHAPES, type Shape, type ShapeName } from './shapes.js';
