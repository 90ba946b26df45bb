import type { WeightSet } from '../checkpoint/weight-files.js';
import type { Model, Tensor } from '../graph/graph.js';
import * as op from '../graph/operators.js';
import { conv, groupNorm, twoLayers } from './layers.js';
import type { Module } from './module.js';
import { buildNetwork, floatInput, type NetworkOptions, type Results } from './network.js';
import { pixelAttention } from './pixel-attention.js';
import { resnet, type TimeSignal } from './resnet.js';
import type { Unet2dConfig } from './unet2d-config.js';

/**
 * A U-Net that is told the timestep only, as in latent super-resolution.
 *
 * Inputs: `sample` [N, inChannels, H, W]; `time` [N or 1, time.channels], the sinusoids of the timestep. Output: `out`
 * [N, outChannels, H, W].
 */
export function unet2d(config: Unet2dConfig, weights: WeightSet, options: NetworkOptions): Model {
  return buildNetwork(weights, options, (root) => describe(root, config));
}

function describe(root: Module, config: Unet2dConfig): Results {
  const { levels, layers, inChannels, outChannels, groups, epsilon } = config;
  const norm = { groups, epsilon };
  const modules: Record<string, Tensor> = {};
  const sample = floatInput(root, 'sample', ['N', inChannels, 'H', 'W']); // [N, inChannels, H, W]
  const time = timeSignal(root, config, modules);
  const attend = (m: Module, h: Tensor, width: number, heads: number) => pixelAttention(m, h, width, heads, norm); // like h

  let channels = levels[0]!.channels;
  let x = conv(root.at('conv_in'), sample, { in: inChannels, out: channels, kernel: 3 }); // [N, channels, H, W]
  modules.conv_in = x;
  const skips = [{ tensor: x, channels }];

  // Below, h and w are the size at the level that is being described.
  levels.forEach((level, i) => {
    const m = root.at(`down_blocks.${i}`);
    for (let layer = 0; layer < layers; layer++) {
      x = resnet(m.at(`resnets.${layer}`), x, { in: channels, out: level.channels }, norm, time); // [N, channels, h, w]
      channels = level.channels;
      if (level.down !== null) x = attend(m.at(`attentions.${layer}`), x, channels, level.down); // [N, channels, h, w]
      skips.push({ tensor: x, channels });
    }
    if (i < levels.length - 1) {
      x = conv(m.at('downsamplers.0.conv'), x, { in: channels, out: channels, kernel: 3, stride: 2 }); // [N, channels, h / 2, w / 2]
      skips.push({ tensor: x, channels });
    }
    modules[`down_blocks.${i}`] = x;
  });

  const m = root.at('mid_block');
  const widths = { in: channels, out: channels };
  x = resnet(m.at('resnets.0'), x, widths, norm, time); // [N, channels, h, w]
  if (config.middleHeads !== null) x = attend(m.at('attentions.0'), x, channels, config.middleHeads); // [N, channels, h, w]
  x = resnet(m.at('resnets.1'), x, widths, norm, time); // [N, channels, h, w]
  modules.mid_block = x;

  [...levels].reverse().forEach((level, i) => {
    const m = root.at(`up_blocks.${i}`);
    for (let layer = 0; layer <= layers; layer++) {
      const skip = skips.pop()!;
      x = m.build(() => op.concat([x, skip.tensor], 1)); // [N, channels + skip.channels, h, w]
      const widths = { in: channels + skip.channels, out: level.channels };
      x = resnet(m.at(`resnets.${layer}`), x, widths, norm, time); // [N, channels, h, w]
      channels = level.channels;
      if (level.up !== null) x = attend(m.at(`attentions.${layer}`), x, channels, level.up); // [N, channels, h, w]
    }
    if (i < levels.length - 1) {
      x = m.build(() => op.enlarge(x, skips.at(-1)!.tensor)); // [N, channels, 2 h, 2 w]
      x = conv(m.at('upsamplers.0.conv'), x, { in: channels, out: channels, kernel: 3 }); // [N, channels, 2 h, 2 w]
    }
    modules[`up_blocks.${i}`] = x;
  });

  x = groupNorm(root.at('conv_norm_out'), x, channels, norm); // [N, channels, H, W]
  modules.conv_norm_out = x;
  x = conv(root.at('conv_out'), op.silu(x), { in: channels, out: outChannels, kernel: 3 }); // [N, outChannels, H, W]
  return { outputs: { out: { tensor: x, dimensions: ['N', outChannels, 'H', 'W'] } }, modules };
}

/** The noise level: [T, width], T being N or 1. */
function timeSignal(root: Module, { time }: Unet2dConfig, modules: Record<string, Tensor>): TimeSignal {
  const { channels, width } = time;
  const sinusoids = floatInput(root, 'time', ['T', channels]); // [T, channels]
  modules.time_embedding = twoLayers(root.at('time_embedding'), sinusoids, channels, width); // [T, width]
  return { tensor: op.silu(modules.time_embedding), width }; // [T, width]
}
