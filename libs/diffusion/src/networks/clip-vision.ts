import type { Tensor } from '../graph/graph.js';
import * as op from '../graph/operators.js';
import { clipLayer, type ClipLayer } from './clip-layer.js';
import type { Config } from './config.js';
import { layerNorm } from './layers.js';
import type { Module } from './module.js';

/** A CLIP image encoder as its configuration describes it, Radford et al. 2021, arXiv:2103.00020. */
export interface ClipVisionConfig extends ClipLayer {
  /** Side of the square pictures that it is shown, in pixels. */
  pictureSize: number;
  /** Side of the squares that each become one vector. */
  patchSize: number;
  layers: number;
}

/** Reads the settings of a CLIP image encoder. Throws CheckpointError for what the engine cannot run. */
export function readClipVisionConfig(config: Config): ClipVisionConfig {
  config.oneOf('num_channels', [3]);
  return {
    pictureSize: config.size('image_size', 224),
    patchSize: config.size('patch_size', 32),
    width: config.size('hidden_size', 768),
    innerWidth: config.size('intermediate_size', 3072),
    layers: config.size('num_hidden_layers', 12),
    heads: config.size('num_attention_heads', 12),
    activation: config.oneOf('hidden_act', ['quick_gelu', 'gelu']),
    epsilon: config.number('layer_norm_eps', 1e-5),
  };
}

/** What a CLIP image encoder sees. */
export interface ClipVision {
  /** The meaning of pictures, before it is projected: [N, width]. */
  pooled: Tensor;
  /** What is known of the whole and of each part before the last layer: [N, patches + 1, width]. */
  parts: Tensor;
}

/** Looks at pictures [N, 3, pictureSize, pictureSize]. */
export function clipVision(m: Module, picture: Tensor, config: ClipVisionConfig): ClipVision {
  const { width, patchSize, pictureSize, layers, epsilon } = config;
  const patches = (pictureSize / patchSize) ** 2;
  const batch = op.shapeOf(picture, 0, 1); // [1]

  const embeddings = m.at('embeddings');
  const kernel = embeddings.at('patch_embedding').weight([width, 3, patchSize, patchSize]); // [width, 3, patch, patch]
  const shape = { kernel: patchSize, stride: patchSize, padding: [0, 0, 0, 0] } as const;
  const seen = embeddings.build(() => op.conv(picture, kernel, undefined, shape)); // [N, width, rows, columns]
  const tokens = op.transpose(op.reshape(seen, [0, width, -1]), [0, 2, 1]); // [N, patches, width]
  const whole = op.expand(embeddings.parameter('class_embedding', [width], [1, 1, width]), [batch, 1, width]); // [N, 1, width]
  const places = embeddings.at('position_embedding').weight([patches + 1, width]); // [patches + 1, width]
  const placed = embeddings.build(() => op.add(op.concat([whole, tokens], 1), places)); // [N, patches + 1, width]

  let rows = op.reshape(placed, [-1, width]); // [N * (patches + 1), width]
  // The checkpoints misspell it.
  rows = layerNorm(m.at('pre_layrnorm'), rows, width, epsilon); // [N * (patches + 1), width]
  const perPicture = (of: Tensor) => op.reshape(of, [batch, -1, width]); // [N, patches + 1, width]
  let parts = rows;
  for (let i = 0; i < layers; i++) {
    parts = rows;
    rows = clipLayer(m.at(`encoder.layers.${i}`), rows, batch, config); // [N * (patches + 1), width]
  }
  const first = op.firstOfRows(perPicture(rows)); // [N, width]
  return { pooled: layerNorm(m.at('post_layernorm'), first, width, epsilon), parts: perPicture(parts) };
}
