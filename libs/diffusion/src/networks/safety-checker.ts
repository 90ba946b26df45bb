import type { JsonObject } from '../checkpoint/json.js';
import type { WeightSet } from '../checkpoint/weight-files.js';
import type { Model } from '../graph/graph.js';
import * as op from '../graph/operators.js';
import { clipVision, readClipVisionConfig, type ClipVisionConfig } from './clip-vision.js';
import { Config } from './config.js';
import { linear } from './layers.js';
import type { Module } from './module.js';
import { buildNetwork, floatInput, type NetworkOptions, type Results } from './network.js';

/** A safety checker as its configuration describes it: a CLIP image encoder, and what it is to find in pictures. */
export interface SafetyCheckerConfig {
  vision: ClipVisionConfig;
  /** Width of the meaning of pictures and concepts. */
  projectionWidth: number;
}

/** Concepts that a picture must not show, and those that make the checker stricter. */
const CONCEPTS = 17;
const SPECIAL_CONCEPTS = 3;

/** Reads the `config.json` of a StableDiffusionSafetyChecker. Throws CheckpointError. */
export function readSafetyCheckerConfig(json: JsonObject, source: string): SafetyCheckerConfig {
  const config = new Config(json, source);
  return {
    vision: readClipVisionConfig(config.part('vision_config')),
    projectionWidth: config.size('projection_dim', 512),
  };
}

/**
 * How near pictures are to concepts that they should not show.
 *
 * Input: `picture` [N, 3, size, size] as CLIP is shown it. Outputs: `concepts` [N, 17] and `special` [N, 3], cosines less
 * the threshold of each concept.
 */
export function safetyChecker(config: SafetyCheckerConfig, weights: WeightSet, options: NetworkOptions): Model {
  const isBuffer = (tensor: string) => tensor.endsWith('embeddings.position_ids');
  return buildNetwork(weights, options, (root) => describe(root, config), isBuffer);
}

function describe(root: Module, { vision, projectionWidth }: SafetyCheckerConfig): Results {
  const { pictureSize, width } = vision;
  const picture = floatInput(root, 'picture', ['N', 3, pictureSize, pictureSize]); // [N, 3, size, size]
  const { pooled } = clipVision(visionModel(root), picture, vision); // [N, width]
  const widths = { in: width, out: projectionWidth };
  const meaning = linear(root.at('visual_projection'), pooled, widths, { bias: false }); // [N, projectionWidth]

  const cosines = (name: string, count: number) => {
    const concepts = root.parameter(name, [count, projectionWidth]); // [count, projectionWidth]
    return op.linear(op.unitRows(meaning), op.unitRows(concepts)); // [N, count]
  };
  const toConcepts = cosines('concept_embeds', CONCEPTS); // [N, 17]
  const toSpecial = cosines('special_care_embeds', SPECIAL_CONCEPTS); // [N, 3]
  const concepts = op.sub(toConcepts, root.parameter('concept_embeds_weights', [CONCEPTS])); // [N, 17]
  const special = op.sub(toSpecial, root.parameter('special_care_embeds_weights', [SPECIAL_CONCEPTS])); // [N, 3]
  return {
    outputs: {
      concepts: { tensor: concepts, dimensions: ['N', CONCEPTS] },
      special: { tensor: special, dimensions: ['N', SPECIAL_CONCEPTS] },
    },
    modules: { pooled, image_embeds: meaning, cos_dist: toConcepts, special_cos_dist: toSpecial },
  };
}

/** The image encoder: older files name it twice. */
function visionModel(root: Module): Module {
  const m = root.at('vision_model');
  return root.weights.hasModule('vision_model.vision_model') ? m.at('vision_model') : m;
}
