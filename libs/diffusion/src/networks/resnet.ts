import type { Tensor } from '../graph/graph.js';
import * as op from '../graph/operators.js';
import { conv, groupNorm, linear, type GroupNorm, type Widths } from './layers.js';
import type { Module } from './module.js';

/** What a residual block is told about the noise level: SiLU of the time embedding [T, width], T being N or 1. */
export interface TimeSignal {
  tensor: Tensor;
  width: number;
}

/** A residual block on x [N, in, H, W]: [N, out, H, W]. */
export function resnet(m: Module, x: Tensor, widths: Widths, norm: GroupNorm, time?: TimeSignal): Tensor {
  const { in: from, out } = widths;
  let h = m.build(() => op.silu(groupNorm(m.at('norm1'), x, from, norm))); // [N, in, H, W]
  h = conv(m.at('conv1'), h, { in: from, out, kernel: 3 }); // [N, out, H, W]
  if (time) {
    const shift = linear(m.at('time_emb_proj'), time.tensor, { in: time.width, out }); // [T, out]
    h = m.build(() => op.add(h, perChannel(m, shift, out))); // [N, out, H, W]
  }
  h = m.build(() => op.silu(groupNorm(m.at('norm2'), h, out, norm))); // [N, out, H, W]
  h = conv(m.at('conv2'), h, { in: out, out, kernel: 3 }); // [N, out, H, W]
  const shortcut = from === out ? x : conv(m.at('conv_shortcut'), x, { in: from, out, kernel: 1 }); // [N, out, H, W]
  return m.build(() => op.add(shortcut, h)); // [N, out, H, W]
}

/**
 * A value for each channel, x [T, C], as [T, C, 1, 1]. WebGPU convolves channels last and turns what is added to a convolution
 * likewise, in a launch of its own: a turn before it, which changes nothing in memory, makes that cancel out.
 */
function perChannel(m: Module, x: Tensor, channels: number): Tensor {
  if (m.weights.target.provider !== 'webgpu') return op.reshape(x, [-1, channels, 1, 1]);
  return op.transpose(op.reshape(x, [-1, 1, 1, channels]), [0, 3, 1, 2]);
}
