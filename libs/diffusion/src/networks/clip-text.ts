import type { EncoderVectors } from '../checkpoint/embedding-file.js';
import type { WeightSet } from '../checkpoint/weight-files.js';
import type { Model, Tensor } from '../graph/graph.js';
import * as op from '../graph/operators.js';
import { clipLayer } from './clip-layer.js';
import type { ClipTextConfig } from './clip-text-config.js';
import { layerNorm, linear } from './layers.js';
import { Module } from './module.js';
import { buildNetwork, type NetworkOptions, type Results } from './network.js';

export interface ClipTextOptions extends NetworkOptions {
  /** Layers to leave out at the end, one output `hidden.SKIP` for each. */
  skips: readonly number[];
  /** Whether these outputs go through the final layer normalization. */
  normalize: boolean;
  /** Vectors of further tokens, whose ids follow those of the vocabulary. */
  added?: readonly EncoderVectors[];
}

/** Added to what a token must not see. Finite, and small enough for half precision. */
const HIDDEN = -10_000;

/**
 * A CLIP text encoder.
 *
 * Input: `tokens` [N, length]. Outputs: `hidden.SKIP` [N, length, width] for each of `skips`, and where the
 * configuration projects it the meaning of the whole text, `pooled` [N, projectionWidth].
 */
export function clipText(config: ClipTextConfig, weights: WeightSet, options: ClipTextOptions): Model {
  const isBuffer = (tensor: string) => tensor.endsWith('embeddings.position_ids');
  return buildNetwork(weights, options, (root) => describe(root, config, options), isBuffer);
}

function describe(root: Module, config: ClipTextConfig, { skips, normalize, added = [] }: ClipTextOptions): Results {
  const { width, length, layers, projectionWidth } = config;
  const text = textModel(root);
  const modules: Record<string, Tensor> = {};

  const tokens = root.graph.input('tokens', 'I64', ['N', length]); // [N, L]
  const batch = op.shapeOf(tokens, 0, 1); // [1]
  const perText = (rows: Tensor) => op.reshape(rows, [batch, -1, width]); // [N, L, width]
  const finish = (rows: Tensor) => layerNorm(text.at('final_layer_norm'), rows, width, config.epsilon); // [N * L, width]
  const mask = causalMask(root, length); // [1, 1, L, L]

  const states = [op.reshape(embed(text.at('embeddings'), tokens, config, added), [-1, width])]; // [N * L, width]
  for (let i = 0; i < layers; i++) {
    const m = text.at(`encoder.layers.${i}`);
    states.push(clipLayer(m, states[i]!, batch, config, mask)); // [N * L, width]
  }
  states.forEach((rows, i) => (modules[`hidden_states.${i}`] = perText(rows))); // [N, L, width]
  modules.last_hidden_state = perText(finish(states[layers]!)); // [N, L, width]
  modules.pooler_output = pool(modules.last_hidden_state, tokens, config); // [N, width]

  const outputs: Results['outputs'] = {};
  for (const skip of skips) {
    const rows = states[layers - skip];
    if (!rows) throw new RangeError(`A text encoder of ${layers} layers cannot leave out ${skip}.`);
    const tensor = perText(normalize ? finish(rows) : rows); // [N, L, width]
    outputs[`hidden.${skip}`] = { tensor, dimensions: ['N', length, width] };
  }
  if (projectionWidth !== null) {
    const widths = { in: width, out: projectionWidth };
    const tensor = linear(root.at('text_projection'), modules.pooler_output, widths, { bias: false }); // [N, projectionWidth]
    modules.text_embeds = tensor;
    outputs.pooled = { tensor, dimensions: ['N', projectionWidth] };
  }
  return { outputs, modules };
}

/** The encoder itself: some writers leave its name away. */
function textModel(root: Module): Module {
  const { weights } = root;
  return new Module(weights, 'text_model', weights.hasModule('text_model') ? 'text_model' : '');
}

/** Tokens and their places as vectors: [N, L, width]. */
function embed(m: Module, tokens: Tensor, config: ClipTextConfig, added: readonly EncoderVectors[]): Tensor {
  const { width, length } = config;
  const words = lookUp(m, tokens, config, added); // [N, L, width]
  const places = m.at('position_embedding').weight([length, width]); // [L, width]
  return m.build(() => op.add(words, places)); // [N, L, width]
}

/** The vectors of tokens. Added ones stay in a table of their own: the vocabulary's is not copied for them. */
function lookUp(m: Module, tokens: Tensor, config: ClipTextConfig, added: readonly EncoderVectors[]): Tensor {
  const { vocabulary, width } = config;
  const { target } = m.weights;
  const table = m.at('token_embedding').table([vocabulary, width]); // [vocabulary, width]
  if (added.length === 0) return op.cast(op.gather(table, tokens), target.precision); // [N, L, width]
  return m.build(() => {
    const known = op.cast(op.gather(table, op.atMost(tokens, vocabulary - 1)), target.precision); // [N, L, width]
    const tables = added.map(({ count, location }) => m.weights.foreign('vectors', location, [count, width])); // [count, width]
    const others = op.gather(op.concat(tables, 0), op.atLeast(op.minus(tokens, vocabulary), 0)); // [N, L, width]
    return op.whereBelow(tokens, vocabulary, known, others); // [N, L, width]
  });
}

/** The state at the end of each text: [N, width]. */
function pool(states: Tensor, tokens: Tensor, { endToken }: ClipTextConfig): Tensor {
  const end = op.argMax(endToken === null ? op.cast(tokens, 'I32') : op.equals(tokens, endToken)); // [N, 1]
  return op.gatherRows(states, end); // [N, width]
}

/** Hides from each token those that come after it: [1, 1, L, L]. */
function causalMask({ graph, weights }: Module, length: number): Tensor {
  const values = Array.from({ length: length ** 2 }, (_, i) => (i % length > Math.floor(i / length) ? HIDDEN : 0));
  return op.cast(graph.constant('F32', values, [1, 1, length, length], 'causal mask'), weights.target.precision);
}
