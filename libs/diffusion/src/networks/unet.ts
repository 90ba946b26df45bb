import type { WeightSet } from '../checkpoint/weight-files.js';
import type { Model, Tensor } from '../graph/graph.js';
import * as op from '../graph/operators.js';
import { conv, groupNorm } from './layers.js';
import type { Module } from './module.js';
import { buildNetwork, floatInput, type NetworkOptions, type Results } from './network.js';
import { resnet } from './resnet.js';
import type { UnetConfig } from './unet-config.js';
import type { MotionConfig } from './motion-config.js';
import { asClips, asPictures, moving } from './unet-motion.js';
import { attend, middle, move, surroundings, wayDown } from './unet-parts.js';

export interface UnetOptions extends NetworkOptions {
  /** Draws clips: each sample has frames, [N, inChannels, F, H, W], and so has `out`. */
  motion?: MotionConfig;
  /** Widths of the tokens that picture prompts are told in: `image.I` [N, T, width] with its `image.I.scale` []. */
  images?: readonly number[];
  /** Takes what a ControlNet adds to the skip connections and to the middle. @default false */
  residuals?: boolean;
  /** Takes what T2I-Adapters add on the way down. @default false */
  features?: boolean;
}

/**
 * The U-Net that predicts the noise in latents.
 *
 * Inputs: `sample` [N, inChannels, H, W]; `time` [N or 1, time.channels], the sinusoids of the timestep; `context`
 * [N, S, contextWidth], the text; where the configuration has them `condition` [N, time.conditionWidth], `added`
 * [N, added.width] and `class` [N]; with residuals `down.I` for each skip connection and `mid`; with features
 * `feature.I` for each level and `feature.mid`: of the shapes of what they are added to, or of any that spreads to them.
 * Output: `out` [N, outChannels, H, W].
 */
export function unet(config: UnetConfig, weights: WeightSet, options: UnetOptions): Model {
  return buildNetwork(weights, options, (root) => describe(root, config, options));
}

function describe(root: Module, config: UnetConfig, options: UnetOptions): Results {
  const { residuals, features, motion, images = [] } = options;
  const { levels, groups, epsilon, inChannels, outChannels } = config;
  const norm = { groups, epsilon };
  const modules: Record<string, Tensor> = {};
  const given = floatInput(root, 'sample', ['N', inChannels, ...(motion ? ['F'] : []), 'H', 'W']); // [N, inChannels, H, W]
  const still = surroundings(root, given, config, images, modules);
  const clips = motion && { count: op.shapeOf(given, 0, 1), frames: op.shapeOf(given, 2, 3) };
  const sample = clips ? asPictures(given, inChannels) : given; // [N, inChannels, H, W], N being pictures from here on
  const around = clips ? moving(still, motion, clips, modules) : still;
  const addInput = (x: Tensor, name: string) => {
    const sizes = ['N', 'C', 'H', 'W'].map((size) => `${size} of ${name}`);
    return op.add(x, floatInput(root, name, sizes)); // like x
  };
  const adapt = features ? (x: Tensor, level: number) => addInput(x, `feature.${level}`) : undefined;

  let channels = levels[0]!.channels;
  let x = conv(root.at('conv_in'), sample, { in: inChannels, out: channels, kernel: 3 }); // [N, channels, H, W]
  modules.conv_in = x;
  const skips = wayDown(root, x, around, modules, adapt);
  channels = skips.at(-1)!.channels;
  // Below, h and w are the size at the level that is being described.
  x = middle(root, skips.at(-1)!.tensor, around, modules); // [N, channels, h, w]
  if (features) x = addInput(x, 'feature.mid'); // [N, channels, h, w]
  if (residuals) {
    skips.forEach((skip, i) => (skip.tensor = addInput(skip.tensor, `down.${i}`)));
    x = addInput(x, 'mid'); // [N, channels, h, w]
  }

  [...levels].reverse().forEach((level, i) => {
    const m = root.at(`up_blocks.${i}`);
    for (let layer = 0; layer <= level.layers; layer++) {
      const skip = skips.pop()!;
      x = m.build(() => op.concat([x, skip.tensor], 1)); // [N, channels + skip.channels, h, w]
      const widths = { in: channels + skip.channels, out: level.channels };
      x = resnet(m.at(`resnets.${layer}`), x, widths, norm, around.time); // [N, channels, h, w]
      channels = level.channels;
      if (level.up) x = attend(m.at(`attentions.${layer}`), x, level, level.up[layer]!, around); // [N, channels, h, w]
      x = move(m.at(`motion_modules.${layer}`), x, channels, levels.indexOf(level), around); // [N, channels, h, w]
    }
    if (i < levels.length - 1) {
      // Odd sizes were rounded up on the way down: the skip connection knows what they were.
      x = m.build(() => op.enlarge(x, skips.at(-1)!.tensor)); // [N, channels, 2 h, 2 w]
      x = conv(m.at('upsamplers.0.conv'), x, { in: channels, out: channels, kernel: 3 }); // [N, channels, 2 h, 2 w]
    }
    modules[`up_blocks.${i}`] = x;
  });

  x = groupNorm(root.at('conv_norm_out'), x, channels, norm); // [N, channels, H, W]
  modules.conv_norm_out = x;
  x = conv(root.at('conv_out'), op.silu(x), { in: channels, out: outChannels, kernel: 3 }); // [N, outChannels, H, W]
  if (!clips) return { outputs: { out: { tensor: x, dimensions: ['N', outChannels, 'H', 'W'] } }, modules };
  const tensor = asClips(x, clips, outChannels); // [N, outChannels, F, H, W]
  return { outputs: { out: { tensor, dimensions: ['N', outChannels, 'F', 'H', 'W'] } }, modules };
}
