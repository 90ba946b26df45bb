import { CheckpointError } from '../checkpoint/checkpoint-error.js';
import type { WeightSet } from '../checkpoint/weight-files.js';
import type { Model, Tensor } from '../graph/graph.js';
import * as op from '../graph/operators.js';
import { layerNorm, linear } from './layers.js';
import type { Module } from './module.js';
import { multiHeadAttention } from './multi-head-attention.js';
import { buildNetwork, floatInput, type NetworkOptions, type Results } from './network.js';

/** How an IP-Adapter turns what a picture shows into tokens, Ye et al. 2023, arXiv:2308.06721, as its tensors tell. */
export type IpAdapterConfig = PlainProjection | Resampler;

/** Tokens of the meaning of the whole picture. */
interface PlainProjection {
  kind: 'plain';
  /** Width of the meaning. */
  inner: number;
  tokens: number;
  /** Width of a token. */
  width: number;
}

/** Tokens that ask the parts of the picture: the "plus" adapters. */
interface Resampler {
  kind: 'plus';
  /** Width of what is known of a part. */
  inner: number;
  /** Width that is computed in. */
  hidden: number;
  layers: number;
  heads: number;
  tokens: number;
  /** Width of a token. */
  width: number;
}

const EPSILON = 1e-5;
/** Tokens of a plain adapter. */
const TOKENS = 4;
/** Width of a head of the resampler. */
const HEAD_WIDTH = 64;
const PROJECTION = 'image_proj.';

/** Reads the kind and sizes of an IP-Adapter from its tensors. Throws CheckpointError for one that the engine cannot run. */
export function readIpAdapterConfig({ tensors, source }: WeightSet): IpAdapterConfig {
  const shape = (name: string) => tensors.get(PROJECTION + name)?.shape;
  const plain = shape('proj.weight');
  if (plain?.length === 2) return { kind: 'plain', inner: plain[1]!, tokens: TOKENS, width: plain[0]! / TOKENS };
  const [latents, into, out, query] = [
    shape('latents'),
    shape('proj_in.weight'),
    shape('proj_out.weight'),
    shape('layers.0.0.to_q.weight'),
  ];
  if (latents?.length === 3 && into?.length === 2 && out?.length === 2 && query?.length === 2) {
    let layers = 1;
    while (tensors.has(`${PROJECTION}layers.${layers}.0.to_q.weight`)) layers++;
    const heads = query[0]! / HEAD_WIDTH;
    return { kind: 'plus', inner: into[1]!, hidden: into[0]!, layers, heads, tokens: latents[1]!, width: out[0]! };
  }
  throw new CheckpointError(
    `${source} is no IP-Adapter that the engine can run: it has neither the projection of the plain ones nor the resampler of the "plus" ones.`,
  );
}

/**
 * The part of an IP-Adapter that makes tokens of what an image encoder tells of pictures.
 *
 * Input: `seen`, the meaning [N, inner] or, for a resampler, the parts [N, P, inner]. Output: `tokens` [N, tokens, width].
 */
export function ipAdapterTokens(config: IpAdapterConfig, weights: WeightSet, options: NetworkOptions): Model {
  const describe = (root: Module) => {
    const m = root.at('image_proj');
    return config.kind === 'plain' ? describePlain(m, config) : describeResampler(m, config);
  };
  return buildNetwork(weights, options, describe, (tensor) => tensor.startsWith('ip_adapter.'));
}

function describePlain(m: Module, { inner, tokens, width }: PlainProjection): Results {
  const seen = floatInput(m, 'seen', ['N', inner]); // [N, inner]
  const rows = op.reshape(linear(m.at('proj'), seen, { in: inner, out: tokens * width }), [-1, width]); // [N * tokens, width]
  const normal = layerNorm(m.at('norm'), rows, width, EPSILON); // [N * tokens, width]
  const tensor = op.reshape(normal, [-1, tokens, width]); // [N, tokens, width]
  return { outputs: { tokens: { tensor, dimensions: ['N', tokens, width] } } };
}

function describeResampler(m: Module, config: Resampler): Results {
  const { inner, hidden, layers, tokens, width } = config;
  const seen = floatInput(m, 'seen', ['N', 'P', inner]); // [N, P, inner]
  const batch = op.shapeOf(seen, 0, 1); // [1]
  const parts = linear(m.at('proj_in'), op.reshape(seen, [-1, inner]), { in: inner, out: hidden }); // [N * P, hidden]
  const questions = op.expand(m.parameter('latents', [1, tokens, hidden]), [batch, tokens, hidden]); // [N, tokens, hidden]
  let rows = op.reshape(questions, [-1, hidden]); // [N * tokens, hidden]
  for (let i = 0; i < layers; i++) rows = ask(m.at(`layers.${i}`), rows, parts, batch, config); // [N * tokens, hidden]
  rows = linear(m.at('proj_out'), rows, { in: hidden, out: width }); // [N * tokens, width]
  rows = layerNorm(m.at('norm_out'), rows, width, EPSILON); // [N * tokens, width]
  const tensor = op.reshape(rows, [-1, tokens, width]); // [N, tokens, width]
  return { outputs: { tokens: { tensor, dimensions: ['N', tokens, width] } } };
}

/** Lets tokens x [N * tokens, hidden] ask the parts of pictures and each other: [N * tokens, hidden]. */
function ask(m: Module, x: Tensor, parts: Tensor, batch: Tensor, { hidden, heads }: Resampler): Tensor {
  const asked = heads * HEAD_WIDTH;
  const self = m.at('0');
  const perPicture = (rows: Tensor, width: number) => op.reshape(rows, [batch, -1, width]);
  const known = perPicture(layerNorm(self.at('norm1'), parts, hidden, EPSILON), hidden); // [N, P, hidden]
  const own = perPicture(layerNorm(self.at('norm2'), x, hidden, EPSILON), hidden); // [N, tokens, hidden]
  const all = op.reshape(op.concat([known, own], 1), [-1, hidden]); // [N * (P + tokens), hidden]
  const query = linear(self.at('to_q'), op.reshape(own, [-1, hidden]), { in: hidden, out: asked }, { bias: false }); // [N * tokens, asked]
  const both = linear(self.at('to_kv'), all, { in: hidden, out: 2 * asked }, { bias: false }); // [N * (P + tokens), 2 * asked]
  const [key, value] = op.halves(both); // [N * (P + tokens), asked]
  const [q, k, v] = [query, key, value].map((rows) => perPicture(rows, asked)) as [Tensor, Tensor, Tensor];
  const seen = multiHeadAttention(m, q, k, v, { heads, width: asked }); // [N, tokens, asked]
  const answer = linear(self.at('to_out'), op.reshape(seen, [-1, asked]), { in: asked, out: hidden }, { bias: false }); // [N * tokens, hidden]
  const y = m.build(() => op.add(x, answer)); // [N * tokens, hidden]

  const inner = layerNorm(m.at('1.0'), y, hidden, EPSILON); // [N * tokens, hidden]
  const wide = m.build(() => op.gelu(linear(m.at('1.1'), inner, { in: hidden, out: 4 * hidden }, { bias: false }))); // [N * tokens, 4 * hidden]
  return m.build(() => op.add(y, linear(m.at('1.3'), wide, { in: 4 * hidden, out: hidden }, { bias: false }))); // [N * tokens, hidden]
}
