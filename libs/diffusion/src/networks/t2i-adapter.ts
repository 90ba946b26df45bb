import type { JsonObject } from '../checkpoint/json.js';
import type { WeightSet } from '../checkpoint/weight-files.js';
import type { Model, Tensor } from '../graph/graph.js';
import * as op from '../graph/operators.js';
import { Config } from './config.js';
import { conv } from './layers.js';
import type { Module } from './module.js';
import { buildNetwork, floatInput, type NetworkOptions, type Results } from './network.js';

/** A T2I-Adapter as its configuration describes it, Mou et al. 2023, arXiv:2302.08453. */
export interface AdapterConfig {
  pictureChannels: number;
  /** Side of the squares of pixels that become one. */
  squares: number;
  blocks: readonly AdapterBlock[];
  /** Residual blocks of each block. */
  layers: number;
}

interface AdapterBlock {
  in: number;
  out: number;
  /** Width of the residual blocks; null where they are as wide as the block and have no projections around them. */
  inner: number | null;
  halves: boolean;
}

/** Reads the `config.json` of a T2IAdapter. Throws CheckpointError for what the engine cannot run. */
export function readAdapterConfig(json: JsonObject, source: string): AdapterConfig {
  const config = new Config(json, source);
  const kind = config.oneOf('adapter_type', ['full_adapter', 'full_adapter_xl', 'light_adapter']);
  const channels = config.sizes('channels');
  const pictureChannels = config.size('in_channels', 3);
  const squares = config.size('downscale_factor', 8);
  return {
    pictureChannels,
    squares,
    blocks:
      kind === 'light_adapter'
        ? lightBlocks(channels, pictureChannels * squares ** 2)
        : fullBlocks(channels, kind === 'full_adapter_xl'),
    layers: config.size('num_res_blocks', 2),
  };
}

/** One block per level; that for SDXL halves once only, for the third. */
function fullBlocks(channels: number[], isXl: boolean): AdapterBlock[] {
  return channels.map((out, i) => ({
    in: isXl && i > 2 ? out : (channels[i - 1] ?? out),
    out,
    inner: null,
    halves: isXl ? i === 2 : i > 0,
  }));
}

/** One block per level and another behind the last. */
function lightBlocks(channels: number[], pixels: number): AdapterBlock[] {
  return [...channels, channels.at(-1)!].map((out, i) => ({
    in: channels[i - 1] ?? pixels,
    out,
    inner: Math.floor(out / 4),
    halves: i > 0,
  }));
}

/**
 * A T2I-Adapter: what is added on a U-Net's way down, so that pictures follow another.
 *
 * Input: `picture` [N, pictureChannels, H, W] with values from 0 to 1, H and W multiples of `squares`. Outputs:
 * `feature.I` [N, blocks[I].out, h, w] from the finest to the coarsest.
 */
export function t2iAdapter(config: AdapterConfig, weights: WeightSet, options: NetworkOptions): Model {
  return buildNetwork(weights, options, (root) => describe(root.at('adapter'), config));
}

function describe(m: Module, { pictureChannels, squares, blocks, layers }: AdapterConfig): Results {
  const picture = floatInput(m, 'picture', ['N', pictureChannels, 'H', 'W']); // [N, pictureChannels, H, W]
  let x = op.unshuffle(picture, pictureChannels, squares); // [N, pictureChannels * squares², h, w]
  // Below, h and w are the size at the block that is being described.
  const { in: width, inner } = blocks[0]!;
  if (inner === null) x = conv(m.at('conv_in'), x, { in: pictureChannels * squares ** 2, out: width, kernel: 3 }); // [N, width, h, w]

  const outputs: Results['outputs'] = {};
  blocks.forEach((block, i) => {
    if (block.halves) x = op.averageHalf(x); // [N, block.in, h / 2, w / 2]
    x = describeBlock(m.at(`body.${i}`), x, block, layers); // [N, block.out, h, w]
    outputs[`feature.${i}`] = { tensor: x, dimensions: ['N', block.out, `h${i}`, `w${i}`] };
  });
  return { outputs };
}

/** Residual blocks on x [N, in, h, w], within projections where they are narrower: [N, out, h, w]. */
function describeBlock(m: Module, x: Tensor, { in: from, out, inner }: AdapterBlock, layers: number): Tensor {
  const width = inner ?? out;
  if (inner !== null || from !== out) x = conv(m.at('in_conv'), x, { in: from, out: width, kernel: 1 }); // [N, width, h, w]
  const widths = { in: width, out: width };
  for (let layer = 0; layer < layers; layer++) {
    const block = m.at(`resnets.${layer}`);
    const h = op.relu(conv(block.at('block1'), x, { ...widths, kernel: 3 })); // [N, width, h, w]
    const change = conv(block.at('block2'), h, { ...widths, kernel: inner === null ? 1 : 3 }); // [N, width, h, w]
    x = block.build(() => op.add(change, x)); // [N, width, h, w]
  }
  return inner === null ? x : conv(m.at('out_conv'), x, { in: width, out, kernel: 1 }); // [N, out, h, w]
}
