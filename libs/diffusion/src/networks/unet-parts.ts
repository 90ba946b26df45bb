import type { Tensor } from '../graph/graph.js';
import * as op from '../graph/operators.js';
import { conv, linear, twoLayers } from './layers.js';
import type { Module } from './module.js';
import { floatInput } from './network.js';
import { resnet, type TimeSignal } from './resnet.js';
import { transformer, type Context } from './transformer.js';
import type { Level, UnetConfig } from './unet-config.js';

/** What every block of a U-Net is given beside its input. */
export interface Surroundings {
  config: UnetConfig;
  time: TimeSignal;
  context: Context;
  /** How pictures that are frames of a clip learn of each other, of these channels at this level. */
  move?: (m: Module, x: Tensor, channels: number, level: number) => Tensor;
  /** Parts that the rows of a level go through feed-forward networks in. @default 1 */
  parts?: (level: number) => number;
}

/** Latents [N, channels, h, w] somewhere on their way. */
export interface Stage {
  tensor: Tensor;
  channels: number;
}

/**
 * The inputs of a U-Net beside the latents: `time`, `context`, and where the configuration has them `condition`, `added`
 * and `class`.
 *
 * @param images widths of the tokens of picture prompts, which are asked beside the text
 */
export function surroundings(
  root: Module,
  sample: Tensor,
  config: UnetConfig,
  images: readonly number[],
  modules: Record<string, Tensor>,
): Surroundings {
  const beside = images.map((width, i) => {
    const tokens = floatInput(root, `image.${i}`, ['N', `T of image.${i}`, width]); // [N, T, width]
    return { rows: op.reshape(tokens, [-1, width]), width, scale: floatInput(root, `image.${i}.scale`, []) };
  });
  const context = { ...textContext(root, sample, config), beside };
  return { config, time: timeSignal(root, config, modules), context };
}

/** A transformer on x [N, C, H, W] in the shape that its level has: [N, C, H, W]. */
export function attend(m: Module, x: Tensor, level: Level, depth: number, around: Surroundings): Tensor {
  const { config, context } = around;
  const parts = around.parts?.(config.levels.indexOf(level));
  return transformer(m, x, context, { channels: level.channels, depth, parts, ...level.attention }, config.groups);
}

/** The motion module of a layer on x [N, C, H, W], where there are any: [N, C, H, W]. */
export function move(m: Module, x: Tensor, channels: number, level: number, around: Surroundings): Tensor {
  return around.move ? around.move(m, x, channels, level) : x;
}

/**
 * The way down: the skip connections from the finest to the coarsest, the last of which is where the way ends.
 *
 * @param x [N, channels of the finest level, H, W]
 * @param adapt what a T2I-Adapter adds to a level: behind the last transformer, or to all that a level without any gives
 */
export function wayDown(
  root: Module,
  x: Tensor,
  around: Surroundings,
  modules: Record<string, Tensor>,
  adapt: (x: Tensor, level: number) => Tensor = (unchanged) => unchanged,
): Stage[] {
  const { levels, groups, epsilon } = around.config;
  const norm = { groups, epsilon };
  // Below, H and W are the size at the level that is being described.
  let channels = levels[0]!.channels;
  const skips = [{ tensor: x, channels }];

  levels.forEach((level, i) => {
    const m = root.at(`down_blocks.${i}`);
    for (let layer = 0; layer < level.layers; layer++) {
      x = resnet(m.at(`resnets.${layer}`), x, { in: channels, out: level.channels }, norm, around.time); // [N, channels, H, W]
      channels = level.channels;
      if (level.down) x = attend(m.at(`attentions.${layer}`), x, level, level.down[layer]!, around); // [N, channels, H, W]
      x = move(m.at(`motion_modules.${layer}`), x, channels, i, around); // [N, channels, H, W]
      if (level.down && layer === level.layers - 1) x = adapt(x, i); // [N, channels, H, W]
      skips.push({ tensor: x, channels });
    }
    if (i < levels.length - 1) {
      const down = m.at('downsamplers.0.conv');
      x = conv(down, x, { in: channels, out: channels, kernel: 3, stride: 2 }); // [N, channels, H / 2, W / 2]
      skips.push({ tensor: x, channels });
    }
    if (!level.down) {
      x = adapt(x, i); // [N, channels, H / 2, W / 2]
      skips.at(-1)!.tensor = x;
    }
    modules[`down_blocks.${i}`] = x;
  });
  return skips;
}

/** What is between down and up, on x [N, C, H, W]: [N, C, H, W]. */
export function middle(root: Module, x: Tensor, around: Surroundings, modules: Record<string, Tensor>): Tensor {
  const { levels, groups, epsilon, middle: shape } = around.config;
  if (!shape) return x;
  const m = root.at('mid_block');
  const level = levels.at(-1)!;
  const widths = { in: level.channels, out: level.channels };
  const norm = { groups, epsilon };
  x = resnet(m.at('resnets.0'), x, widths, norm, around.time); // [N, C, H, W]
  if (shape.transformerDepth !== null) {
    x = attend(m.at('attentions.0'), x, level, shape.transformerDepth, around); // [N, C, H, W]
    x = move(m.at('motion_modules.0'), x, level.channels, -1, around); // [N, C, H, W]
    x = resnet(m.at('resnets.1'), x, widths, norm, around.time); // [N, C, H, W]
  }
  modules.mid_block = x;
  return x;
}

/** The noise level, and what else is told in the same way: [T, width], T being N or 1. */
function timeSignal(root: Module, config: UnetConfig, modules: Record<string, Tensor>): TimeSignal {
  const { channels, width, conditionWidth } = config.time;
  let sinusoids = floatInput(root, 'time', ['T', channels]); // [T, channels]
  if (conditionWidth !== null) {
    const condition = floatInput(root, 'condition', ['N', conditionWidth]); // [N, conditionWidth]
    const projection = root.at('time_embedding.cond_proj');
    const projected = linear(projection, condition, { in: conditionWidth, out: channels }, { bias: false }); // [N, channels]
    sinusoids = op.add(sinusoids, projected); // [N, channels]
  }
  let embedding = twoLayers(root.at('time_embedding'), sinusoids, channels, width); // [T, width]
  modules.time_embedding = embedding;
  if (config.classes !== null) {
    const label = root.graph.input('class', 'I64', ['N']); // [N]
    const table = root.at('class_embedding').table([config.classes, width]); // [classes, width]
    modules.class_embedding = op.cast(op.gather(table, label), embedding.type); // [N, width]
    embedding = op.add(embedding, modules.class_embedding); // [N, width]
  }
  if (config.added) {
    const added = floatInput(root, 'added', ['N', config.added.width]); // [N, added.width]
    modules.add_embedding = twoLayers(root.at('add_embedding'), added, config.added.width, width); // [N, width]
    embedding = op.add(embedding, modules.add_embedding); // [N, width]
  }
  return { tensor: root.at('time_embedding').build(() => op.silu(embedding)), width }; // [T, width]
}

function textContext(root: Module, sample: Tensor, { levels }: UnetConfig): Context {
  const { contextWidth } = levels[0]!.attention;
  const text = floatInput(root, 'context', ['N', 'S', contextWidth]); // [N, S, contextWidth]
  return { rows: op.reshape(text, [-1, contextWidth]), batch: op.shapeOf(sample, 0, 1) }; // [N * S, contextWidth], [1]
}
