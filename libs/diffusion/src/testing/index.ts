/** Checkpoints to measure with and to test on, and parts of the engine that are measured by themselves. */
export { Graph } from '../graph/graph.js';
export * as operators from '../graph/operators.js';
export { attentionFor } from '../networks/multi-head-attention.js';
export type { Precision, Target } from '../networks/weights.js';
export { computeGraph, distance, type Build } from '../runtime/compute-graph.js';
export { proveGpu, type GpuProof } from '../runtime/gpu-proof.js';
export { graphicsCards } from '../runtime/graphics-cards.js';
export { openSession, type Inputs, type SessionOptions, type Values } from '../runtime/session.js';
export { NETWORKS, networkToMeasure, randomNumbers, type NetworkCase, type NetworkName } from './networks.js';
export { writeRandomFaceRestorer, writeRandomMotion, writeRandomUpscaler } from './random-additions.js';
export { writeRandomCheckpoint } from './random-checkpoint.js';
export { SHAPES, type Shape, type ShapeName } from './shapes.js';
