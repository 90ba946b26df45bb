import type { WeightSet } from '../checkpoint/weight-files.js';
import type { Model, Tensor } from '../graph/graph.js';
import * as op from '../graph/operators.js';
import { conv, groupNorm, linear } from './layers.js';
import type { Module } from './module.js';
import { buildNetwork, floatInput, type NetworkOptions, type Results } from './network.js';
import { resnet, type TimeSignal } from './resnet.js';
import { transformer, type Context } from './transformer.js';
import type { Level, UnetConfig } from './unet-config.js';

export interface UnetOptions extends NetworkOptions {
  /** Takes what a ControlNet adds to the skip connections and to the middle. @default false */
  residuals?: boolean;
}

/**
 * The U-Net that predicts the noise in latents.
 *
 * Inputs: `sample` [N, inChannels, H, W]; `time` [N or 1, time.channels], the sinusoids of the timestep; `context`
 * [N, S, contextWidth], the text; where the configuration has them `condition` [N, time.conditionWidth], `added`
 * [N, added.width] and `class` [N]; with residuals `down.I` and `mid`, of the shapes of what they are added to.
 * Output: `out` [N, outChannels, H, W].
 */
export function unet(config: UnetConfig, weights: WeightSet, options: UnetOptions): Model {
  return buildNetwork(weights, options, (root) => describe(root, config, options.residuals ?? false));
}

function describe(root: Module, config: UnetConfig, residuals: boolean): Results {
  const { levels, groups, epsilon, inChannels, outChannels } = config;
  const norm = { groups, epsilon };
  const modules: Record<string, Tensor> = {};
  const sample = floatInput(root, 'sample', ['N', inChannels, 'H', 'W']); // [N, inChannels, H, W]
  const time = timeSignal(root, config, modules);
  const context = textContext(root, sample, config);
  const attend = (m: Module, h: Tensor, { channels, attention }: Level, depth: number) =>
    transformer(m, h, context, { channels, depth, ...attention }, groups);

  // Below, h and H, W are the latents and their size at the level that is being described.
  let channels = levels[0]!.channels;
  let x = conv(root.at('conv_in'), sample, { in: inChannels, out: channels, kernel: 3 }); // [N, channels, H, W]
  modules.conv_in = x;
  const skips = [{ tensor: x, channels }];

  levels.forEach((level, i) => {
    const m = root.at(`down_blocks.${i}`);
    for (let layer = 0; layer < level.layers; layer++) {
      x = resnet(m.at(`resnets.${layer}`), x, { in: channels, out: level.channels }, norm, time); // [N, channels, H, W]
      channels = level.channels;
      if (level.down) x = attend(m.at(`attentions.${layer}`), x, level, level.down[layer]!); // [N, channels, H, W]
      skips.push({ tensor: x, channels });
    }
    if (i < levels.length - 1) {
      const down = m.at('downsamplers.0.conv');
      x = conv(down, x, { in: channels, out: channels, kernel: 3, stride: 2 }); // [N, channels, H / 2, W / 2]
      skips.push({ tensor: x, channels });
    }
    modules[`down_blocks.${i}`] = x;
  });

  if (config.middle) {
    const m = root.at('mid_block');
    const { transformerDepth } = config.middle;
    x = resnet(m.at('resnets.0'), x, { in: channels, out: channels }, norm, time); // [N, channels, H, W]
    if (transformerDepth !== null) {
      x = attend(m.at('attentions.0'), x, levels.at(-1)!, transformerDepth); // [N, channels, H, W]
      x = resnet(m.at('resnets.1'), x, { in: channels, out: channels }, norm, time); // [N, channels, H, W]
    }
    modules.mid_block = x;
  }

  if (residuals) {
    skips.forEach((skip, i) => {
      const residual = floatInput(root, `down.${i}`, ['N', skip.channels, `H${i}`, `W${i}`]);
      skip.tensor = op.add(skip.tensor, residual); // [N, channels, H, W]
    });
    x = op.add(x, floatInput(root, 'mid', ['N', channels, 'Hmid', 'Wmid'])); // [N, channels, H, W]
  }

  [...levels].reverse().forEach((level, i) => {
    const m = root.at(`up_blocks.${i}`);
    for (let layer = 0; layer <= level.layers; layer++) {
      const skip = skips.pop()!;
      x = m.build(() => op.concat([x, skip.tensor], 1)); // [N, channels + skip.channels, H, W]
      const widths = { in: channels + skip.channels, out: level.channels };
      x = resnet(m.at(`resnets.${layer}`), x, widths, norm, time); // [N, channels, H, W]
      channels = level.channels;
      if (level.up) x = attend(m.at(`attentions.${layer}`), x, level, level.up[layer]!); // [N, channels, H, W]
    }
    if (i < levels.length - 1) {
      // Odd sizes were rounded up on the way down: the skip connection knows what they were.
      x = m.build(() => op.enlarge(x, skips.at(-1)!.tensor)); // [N, channels, 2 H, 2 W]
      x = conv(m.at('upsamplers.0.conv'), x, { in: channels, out: channels, kernel: 3 }); // [N, channels, 2 H, 2 W]
    }
    modules[`up_blocks.${i}`] = x;
  });

  x = groupNorm(root.at('conv_norm_out'), x, channels, norm); // [N, channels, H, W]
  modules.conv_norm_out = x;
  x = conv(root.at('conv_out'), op.silu(x), { in: channels, out: outChannels, kernel: 3 }); // [N, outChannels, H, W]
  return { outputs: { out: { tensor: x, dimensions: ['N', outChannels, 'H', 'W'] } }, modules };
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

/** Two linear layers with SiLU between, on x [M, inner]: [M, width]. */
function twoLayers(m: Module, x: Tensor, inner: number, width: number): Tensor {
  const hidden = linear(m.at('linear_1'), x, { in: inner, out: width }); // [M, width]
  return linear(
    m.at('linear_2'),
    m.build(() => op.silu(hidden)),
    { in: width, out: width },
  ); // [M, width]
}

function textContext(root: Module, sample: Tensor, { levels }: UnetConfig): Context {
  const { contextWidth } = levels[0]!.attention;
  const text = floatInput(root, 'context', ['N', 'S', contextWidth]); // [N, S, contextWidth]
  return { rows: op.reshape(text, [-1, contextWidth]), batch: op.shapeOf(sample, 0, 1) }; // [N * S, contextWidth], [1]
}
