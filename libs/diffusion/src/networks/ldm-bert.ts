import type { JsonObject } from '../checkpoint/json.js';
import type { WeightSet } from '../checkpoint/weight-files.js';
import type { Model, Tensor } from '../graph/graph.js';
import * as op from '../graph/operators.js';
import { Config } from './config.js';
import { layerNorm, linear } from './layers.js';
import type { Module } from './module.js';
import { multiHeadAttention } from './multi-head-attention.js';
import { buildNetwork, type NetworkOptions, type Results } from './network.js';

/** The text encoder of the first latent diffusion, Rombach et al. 2022, arXiv:2112.10752, as its configuration has it. */
export interface LdmBertConfig {
  vocabulary: number;
  /** Tokens of a text. */
  length: number;
  width: number;
  /** Width inside the feed-forward network. */
  innerWidth: number;
  layers: number;
  heads: number;
  /** Width of a head: those of all heads together need not be `width`. */
  headWidth: number;
}

const EPSILON = 1e-5;

/** Reads the `config.json` of an LDMBertModel. Throws CheckpointError for what the engine cannot run. */
export function readLdmBertConfig(json: JsonObject, source: string): LdmBertConfig {
  const config = new Config(json, source);
  config.oneOf('activation_function', ['gelu']);
  config.oneOf('scale_embedding', [false]);
  return {
    vocabulary: config.size('vocab_size', 30522),
    length: config.size('max_position_embeddings', 77),
    width: config.size('d_model', 1280),
    innerWidth: config.size('encoder_ffn_dim', 5120),
    layers: config.size('encoder_layers', 32),
    heads: config.size('encoder_attention_heads', 8),
    headWidth: config.size('head_dim', 64),
  };
}

/**
 * The text encoder of the first latent diffusion: every token sees all others.
 *
 * Input: `tokens` [N, length]. Output: `hidden` [N, length, width].
 */
export function ldmBert(config: LdmBertConfig, weights: WeightSet, options: NetworkOptions): Model {
  // What the encoder was trained to predict is not asked.
  return buildNetwork(
    weights,
    options,
    (root) => describe(root, config),
    (tensor) => tensor.startsWith('to_logits.'),
  );
}

function describe(root: Module, config: LdmBertConfig): Results {
  const { vocabulary, width, length, layers } = config;
  const m = root.at('model');
  const tokens = root.graph.input('tokens', 'I64', ['N', length]); // [N, L]
  const batch = op.shapeOf(tokens, 0, 1); // [1]

  const table = m.at('embed_tokens').table([vocabulary, width]); // [vocabulary, width]
  const words = op.cast(op.gather(table, tokens), root.weights.target.precision); // [N, L, width]
  const places = m.at('embed_positions').weight([length, width]); // [L, width]
  let rows = op.reshape(op.add(words, places), [-1, width]); // [N * L, width]
  for (let i = 0; i < layers; i++) rows = layer(m.at(`layers.${i}`), rows, batch, config); // [N * L, width]
  rows = layerNorm(m.at('layer_norm'), rows, width, EPSILON); // [N * L, width]
  const tensor = op.reshape(rows, [batch, -1, width]); // [N, L, width]
  return {
    outputs: { hidden: { tensor, dimensions: ['N', length, width] } },
    modules: { last_hidden_state: tensor },
  };
}

/** Attention, then a feed-forward network, each beside a shortcut, on rows x [N * L, width]: [N * L, width]. */
function layer(m: Module, x: Tensor, batch: Tensor, config: LdmBertConfig): Tensor {
  const { width, innerWidth, heads, headWidth } = config;
  const asked = heads * headWidth;
  const self = m.at('self_attn');
  const normal = layerNorm(m.at('self_attn_layer_norm'), x, width, EPSILON); // [N * L, width]
  const perText = (name: string) =>
    op.reshape(linear(self.at(name), normal, { in: width, out: asked }, { bias: false }), [batch, -1, asked]);
  const [q, k, v] = [perText('q_proj'), perText('k_proj'), perText('v_proj')]; // [N, L, asked]
  const attend = () => multiHeadAttention(self, q, k, v, { heads, width: asked }); // [N, L, asked]
  const seen = self.build(() => op.reshape(attend(), [-1, asked])); // [N * L, asked]
  const y = m.build(() => op.add(x, linear(self.at('out_proj'), seen, { in: asked, out: width }))); // [N * L, width]

  const again = layerNorm(m.at('final_layer_norm'), y, width, EPSILON); // [N * L, width]
  const inner = m.build(() => op.gelu(linear(m.at('fc1'), again, { in: width, out: innerWidth }))); // [N * L, innerWidth]
  return m.build(() => op.add(y, linear(m.at('fc2'), inner, { in: innerWidth, out: width }))); // [N * L, width]
}
