import type { JsonObject } from '../checkpoint/json.js';
import type { WeightSet } from '../checkpoint/weight-files.js';
import type { Model } from '../graph/graph.js';
import { clipVision, readClipVisionConfig, type ClipVisionConfig } from './clip-vision.js';
import { Config } from './config.js';
import { linear } from './layers.js';
import type { Module } from './module.js';
import { buildNetwork, floatInput, type NetworkOptions, type Results } from './network.js';

/** A CLIP image encoder with the projection of its meaning, as its configuration describes it. */
export interface ClipImageConfig extends ClipVisionConfig {
  projectionWidth: number;
}

/** Reads the `config.json` of a CLIPVisionModelWithProjection. Throws CheckpointError for what the engine cannot run. */
export function readClipImageConfig(json: JsonObject, source: string): ClipImageConfig {
  const config = new Config(json, source);
  return { ...readClipVisionConfig(config), projectionWidth: config.size('projection_dim', 512) };
}

/**
 * What pictures show.
 *
 * Input: `picture` [N, 3, size, size] as CLIP is shown it. Outputs: `meaning` [N, projectionWidth], and `parts`
 * [N, patches + 1, width], what is known of the whole and of each part before the last layer.
 */
export function clipImage(config: ClipImageConfig, weights: WeightSet, options: NetworkOptions): Model {
  const isBuffer = (tensor: string) => tensor.endsWith('embeddings.position_ids');
  return buildNetwork(weights, options, (root) => describe(root, config), isBuffer);
}

function describe(root: Module, config: ClipImageConfig): Results {
  const { pictureSize, patchSize, width, projectionWidth } = config;
  const picture = floatInput(root, 'picture', ['N', 3, pictureSize, pictureSize]); // [N, 3, size, size]
  const { pooled, parts } = clipVision(root.at('vision_model'), picture, config); // [N, width], [N, patches + 1, width]
  const widths = { in: width, out: projectionWidth };
  const meaning = linear(root.at('visual_projection'), pooled, widths, { bias: false }); // [N, projectionWidth]
  const patches = (pictureSize / patchSize) ** 2;
  return {
    outputs: {
      meaning: { tensor: meaning, dimensions: ['N', projectionWidth] },
      parts: { tensor: parts, dimensions: ['N', patches + 1, width] },
    },
  };
}
