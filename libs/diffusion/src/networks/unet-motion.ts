import type { Tensor } from '../graph/graph.js';
import * as op from '../graph/operators.js';
import type { MotionConfig } from './motion-config.js';
import { motionModule, type Clips } from './motion-module.js';
import type { Surroundings } from './unet-parts.js';

/** Parts that the finest level is computed in, one after the other; a coarser one has a quarter of its rows, or less. */
const PARTS = 4;

/** What the blocks of a U-Net are given where pictures are frames: motion modules, and a noise level for each frame. */
export function moving(
  still: Surroundings,
  motion: MotionConfig,
  clips: Clips,
  modules: Record<string, Tensor>,
): Surroundings {
  const { config, time } = still;
  const { groups } = config;
  const parts = (level: number) => (level === 0 ? PARTS : 1);
  const each = op.expand(op.reshape(time.tensor, [-1, 1, time.width]), [clips.count, clips.frames, time.width]); // [N, F, width]
  return {
    ...still,
    parts,
    time: { ...time, tensor: op.reshape(each, [-1, time.width]) }, // [N * F, width]
    move: (m, x, channels, level) => {
      if (level < 0 && motion.middleDepth === null) return x;
      const { heads, depth } =
        level < 0 ? { heads: motion.levels.at(-1)!.heads, depth: motion.middleDepth! } : motion.levels[level]!;
      const shape = { channels, heads, depth, length: motion.length, groups, parts: level < 0 ? 1 : parts(level) };
      const moved = motionModule(m, x, clips, shape); // [N * F, channels, H, W]
      modules[m.path] = moved;
      return moved;
    },
  };
}

/** Clips [N, channels, F, H, W] as pictures: [N * F, channels, H, W]. */
export function asPictures(clips: Tensor, channels: number): Tensor {
  const frames = op.transpose(clips, [0, 2, 1, 3, 4]); // [N, F, channels, H, W]
  return op.reshape(frames, [-1, channels, op.shapeOf(clips, 3, 4), op.shapeOf(clips, 4, 5)]); // [N * F, channels, H, W]
}

/** Pictures [N * F, channels, H, W] as clips: [N, channels, F, H, W]. */
export function asClips(pictures: Tensor, { count, frames }: Clips, channels: number): Tensor {
  const size = [op.shapeOf(pictures, 2, 3), op.shapeOf(pictures, 3, 4)];
  const clips = op.reshape(pictures, [count, frames, channels, ...size]); // [N, F, channels, H, W]
  return op.transpose(clips, [0, 2, 1, 3, 4]); // [N, channels, F, H, W]
}
