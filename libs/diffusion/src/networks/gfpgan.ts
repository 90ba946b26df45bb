import { CheckpointError } from '../checkpoint/checkpoint-error.js';
import type { WeightSet } from '../checkpoint/weight-files.js';
import type { Model, Tensor } from '../graph/graph.js';
import * as op from '../graph/operators.js';
import { conv, linear } from './layers.js';
import type { Module } from './module.js';
import { buildNetwork, floatInput, type NetworkOptions, type Results } from './network.js';

/** A restorer of faces, GFPGAN v1 "clean", Wang et al. 2021, arXiv:2101.04061, as its tensors tell. */
export interface GfpganConfig {
  /** Side of the faces, pixels: a power of two. */
  size: number;
  /** Values of a style. */
  styleWidth: number;
  /** Channels of the encoder where it sees 4, 8, … `size` pixels a side. */
  seen: readonly number[];
  /** The same of the generator. */
  drawn: readonly number[];
  /** Whether what the encoder sees changes only the second half of the generator's channels. */
  half: boolean;
}

const COLOURS = 3;
const NEGATIVE_SLOPE = 0.2;
/** Side of the first pictures that the generator draws, and that the encoder ends with. */
const SMALLEST = 4;
const EPSILON = 1e-8;

/** The tensors of a restorer's file without the prefix that training gave them. */
export function gfpganWeights({ source, identity, tensors }: WeightSet): WeightSet {
  const names = [...tensors.keys()];
  const prefix = ['params_ema.', 'params.'].find((own) => names.some((name) => name.startsWith(own))) ?? '';
  const own = names.filter((name) => name.startsWith(prefix));
  return { source, identity, tensors: new Map(own.map((name) => [name.slice(prefix.length), tensors.get(name)!])) };
}

/** Reads the sizes of a restorer from its tensors. Throws CheckpointError. */
export function readGfpganConfig({ tensors, source }: WeightSet): GfpganConfig {
  const shape = (name: string) => tensors.get(name)?.shape ?? [];
  let levels = 0;
  while (tensors.has(`conv_body_down.${levels}.conv1.weight`)) levels++;
  const [, , first = 0] = shape('stylegan_decoder.constant_input.weight');
  const styleWidth = shape('stylegan_decoder.style_conv1.modulated_conv.modulation.weight')[1] ?? 0;
  if (levels === 0 || styleWidth === 0 || first !== SMALLEST) {
    throw new CheckpointError(`${source} is no restorer of faces that the engine can run: it has no layers of GFPGAN.`);
  }
  const ups = Array.from({ length: levels }, (_, i) => i);
  // Convolutions of StyleGAN2 lie in the file with an axis of 1 before all others.
  const out = (name: string) => shape(`stylegan_decoder.${name}.modulated_conv.weight`)[1] ?? 0;
  const config = {
    size: SMALLEST * 2 ** levels,
    styleWidth,
    seen: [shape('final_conv.weight')[0] ?? 0, ...ups.map((i) => shape(`conv_body_up.${i}.conv2.weight`)[0] ?? 0)],
    drawn: [out('style_conv1'), ...ups.map((i) => out(`style_convs.${2 * i}`))],
    half: shape('condition_scale.0.2.weight')[0] !== out('style_convs.0'),
  };
  const styles = (shape('final_linear.weight')[0] ?? 0) / styleWidth;
  if (styles !== stylesOf(config)) {
    throw new CheckpointError(
      `${source} gives ${styles} styles; the engine runs restorers that give one to each layer, ${stylesOf(config)}.`,
    );
  }
  return config;
}

/** Two layers of each size and one that shows it, in which the smallest and its neighbour have one in common. */
const stylesOf = ({ seen }: Pick<GfpganConfig, 'seen'>) => 2 * seen.length;

/**
 * A restorer of faces. Its noise is the one that lies in the file.
 *
 * Input: `face` [N, 3, size, size] with values from -1 to 1, eyes and mouth where those of FFHQ are. Output: `restored`, the same.
 */
export function gfpgan(config: GfpganConfig, weights: WeightSet, options: NetworkOptions): Model {
  return buildNetwork(
    weights,
    options,
    (root) => describe(root, config),
    // Pictures of each size are for training, as are styles from random numbers.
    (tensor) => /^toRGB\.|^stylegan_decoder\.style_mlp\./.test(tensor),
  );
}

function describe(root: Module, config: GfpganConfig): Results {
  const { size, seen, styleWidth } = config;
  const face = floatInput(root, 'face', ['N', COLOURS, size, size]); // [N, 3, size, size]
  const { deepest, levels } = encode(root, config, face);
  const { length } = seen;
  const [narrow = 0] = seen;
  const rows = op.reshape(deepest, [-1, narrow * SMALLEST ** 2]); // [N, narrow * 16]
  const count = stylesOf(config);
  const all = linear(root.at('final_linear'), rows, { in: narrow * SMALLEST ** 2, out: count * styleWidth });
  const styles = op.split(all, count, 1); // [N, styleWidth] each

  let x = deepest; // [N, narrow, 4, 4]
  const scales: Tensor[] = [];
  const shifts: Tensor[] = [];
  for (let i = 0; i < length - 1; i++) {
    x = resizing(root.at(`conv_body_up.${i}`), op.add(x, levels[i]!), seen[i]!, seen[i + 1]!, 2); // [N, C, 2 h, 2 w]
    scales.push(condition(root.at(`condition_scale.${i}`), x, config, i + 1)); // [N, changed, h, w]
    shifts.push(condition(root.at(`condition_shift.${i}`), x, config, i + 1)); // [N, changed, h, w]
  }
  const tensor = generate(root.at('stylegan_decoder'), config, styles, scales, shifts); // [N, 3, size, size]
  return { outputs: { restored: { tensor, dimensions: ['N', COLOURS, size, size] } } };
}

/** What is seen of a face, the smallest last, and what was seen at each size on the way, the smallest first. */
function encode(root: Module, { seen }: GfpganConfig, face: Tensor): { deepest: Tensor; levels: Tensor[] } {
  const widths = seen.toReversed();
  let x = bend(conv(root.at('conv_body_first'), face, { in: COLOURS, out: widths[0]!, kernel: 1 })); // [N, C, size, size]
  const levels: Tensor[] = [];
  for (let i = 0; i < widths.length - 1; i++) {
    x = resizing(root.at(`conv_body_down.${i}`), x, widths[i]!, widths[i + 1]!, 1 / 2); // [N, C, h / 2, w / 2]
    levels.unshift(x);
  }
  const narrow = widths.at(-1)!;
  return { deepest: bend(conv(root.at('final_conv'), x, { in: narrow, out: narrow, kernel: 3 })), levels };
}

/** Two convolutions with a change of size between, beside a shortcut, on x [N, from, h, w]: [N, to, factor h, factor w]. */
function resizing(m: Module, x: Tensor, from: number, to: number, factor: number): Tensor {
  const inner = bend(conv(m.at('conv1'), x, { in: from, out: from, kernel: 3 })); // [N, from, h, w]
  const resized = m.build(() => op.resizeBilinear(inner, factor)); // [N, from, h', w']
  const outer = bend(conv(m.at('conv2'), resized, { in: from, out: to, kernel: 3 })); // [N, to, h', w']
  const small = m.build(() => op.resizeBilinear(x, factor)); // [N, from, h', w']
  return op.add(outer, conv(m.at('skip'), small, { in: from, out: to, kernel: 1, bias: false })); // [N, to, h', w']
}

/** What scales or shifts the generator's channels at a level, of what was seen x [N, C, h, w]: [N, changed, h, w]. */
function condition(m: Module, x: Tensor, { seen, drawn, half }: GfpganConfig, level: number): Tensor {
  const [width, all] = [seen[level]!, drawn[level]!];
  const inner = bend(conv(m.at('0'), x, { in: width, out: width, kernel: 3 })); // [N, C, h, w]
  return conv(m.at('2'), inner, { in: width, out: half ? all / 2 : all, kernel: 3 });
}

/** Draws from a constant, each layer in its style, what was seen changing it at each size: [N, 3, size, size]. */
function generate(
  m: Module,
  { drawn, styleWidth, half }: GfpganConfig,
  styles: readonly Tensor[],
  scales: readonly Tensor[],
  shifts: readonly Tensor[],
): Tensor {
  const noise = (i: number) => {
    const side = SMALLEST * 2 ** ((i + 1) >> 1);
    return m.at('noises').parameter(`noise${i}`, [1, 1, side, side]); // [1, 1, side, side]
  };
  const [width = 0] = drawn;
  const start = m.at('constant_input').weight([width, SMALLEST, SMALLEST], [1, width, SMALLEST, SMALLEST]);
  const widths = { in: width, out: width, kernel: 3, style: styleWidth };
  let x = styled(m.at('style_conv1'), start, styles[0]!, noise(0), widths); // [N, C, 4, 4]
  let picture = shown(m.at('to_rgb1'), x, styles[1]!, width, styleWidth); // [N, 3, 4, 4]
  for (let i = 0; i < drawn.length - 1; i++) {
    const [from, to] = [drawn[i]!, drawn[i + 1]!];
    const larger = op.resizeBilinear(x, 2); // [N, from, 2 h, 2 w]
    const [first, second] = [m.at(`style_convs.${2 * i}`), m.at(`style_convs.${2 * i + 1}`)];
    x = styled(first, larger, styles[2 * i + 1]!, noise(2 * i + 1), { ...widths, in: from, out: to }); // [N, to, h, w]
    x = changed(x, scales[i]!, shifts[i]!, half); // [N, to, h, w]
    x = styled(second, x, styles[2 * i + 2]!, noise(2 * i + 2), { ...widths, in: to, out: to }); // [N, to, h, w]
    const own = shown(m.at(`to_rgbs.${i}`), x, styles[2 * i + 3]!, to, styleWidth); // [N, 3, h, w]
    picture = op.add(own, op.resizeBilinear(picture, 2)); // [N, 3, h, w]
  }
  return picture;
}

interface StyledWidths {
  in: number;
  out: number;
  kernel: number;
  style: number;
}

/** A convolution in a style, with noise, on x [N, in, h, w]: [N, out, h, w]. */
function styled(m: Module, x: Tensor, style: Tensor, noise: Tensor, widths: StyledWidths): Tensor {
  const drawn = modulated(m.at('modulated_conv'), x, style, widths, true); // [N, out, h, w]
  return m.build(() => {
    const noisy = op.add(op.scale(drawn, Math.SQRT2), op.mul(noise, m.weight([1]))); // [N, out, h, w]
    return bend(op.add(noisy, m.bias(widths.out, [1, widths.out, 1, 1])));
  });
}

/** What a layer shows, in a style, of x [N, C, h, w]: [N, 3, h, w]. */
function shown(m: Module, x: Tensor, style: Tensor, width: number, styleWidth: number): Tensor {
  const widths = { in: width, out: COLOURS, kernel: 1, style: styleWidth };
  const colours = modulated(m.at('modulated_conv'), x, style, widths, false); // [N, 3, h, w]
  return m.build(() => op.add(colours, m.bias(COLOURS, [1, COLOURS, 1, 1])));
}

/**
 * A convolution whose weights a style [N, style] scales by input, and where asked each output to length 1 (Karras et al. 2020,
 * arXiv:1912.04958, equations 1 and 3), on x [N, in, h, w]: [N, out, h, w]. Inputs and outputs are scaled in place of weights,
 * so that all pictures share those.
 */
function modulated(m: Module, x: Tensor, style: Tensor, widths: StyledWidths, normalized: boolean): Tensor {
  const { in: from, out, kernel } = widths;
  const scales = linear(m.at('modulation'), style, { in: widths.style, out: from }); // [N, in]
  const weight = m.weight([out, from, kernel, kernel]); // [out, in, k, k]
  return m.build(() => {
    const scaled = op.mul(x, op.reshape(scales, [0, from, 1, 1])); // [N, in, h, w]
    const y = op.conv(scaled, weight, undefined, { kernel }); // [N, out, h, w]
    if (!normalized) return y;
    const squares = op.sumSquares(op.reshape(weight, [out * from, kernel ** 2])); // [out * in, 1]
    const sums = op.linear(op.mul(scales, scales), op.reshape(squares, [out, from])); // [N, out]
    const lengths = op.sqrt(op.shift(sums, EPSILON)); // [N, out]
    return op.div(y, op.reshape(lengths, [0, out, 1, 1]));
  });
}

/** x [N, C, h, w], all of its channels or the second half, scaled and shifted. */
function changed(x: Tensor, scale: Tensor, shift: Tensor, half: boolean): Tensor {
  const change = (part: Tensor) => op.add(op.mul(part, scale), shift);
  if (!half) return change(x);
  const [same, other] = op.split(x, 2, 1); // [N, C / 2, h, w] each
  return op.concat([same!, change(other!)], 1);
}

function bend(x: Tensor): Tensor {
  return op.leakyRelu(x, NEGATIVE_SLOPE);
}
