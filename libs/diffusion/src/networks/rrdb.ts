import { CheckpointError } from '../checkpoint/checkpoint-error.js';
import type { TensorLocation, WeightSet } from '../checkpoint/weight-files.js';
import type { Model, Tensor } from '../graph/graph.js';
import * as op from '../graph/operators.js';
import { conv } from './layers.js';
import type { Module } from './module.js';
import { buildNetwork, floatInput, type NetworkOptions, type Results } from './network.js';

/** An upscaler of the ESRGAN family, Wang et al. 2018, arXiv:1809.00219, as its tensors tell. */
export interface RrdbConfig {
  pictureChannels: number;
  /** Channels that are computed in. */
  channels: number;
  /** Channels that each convolution of a dense block adds. */
  growth: number;
  blocks: number;
  /** Times that height and width are doubled at the end. */
  doublings: number;
  /** Side of the squares of pixels that become channels at the beginning. */
  unshuffle: number;
}

/** How many times larger a picture gets. */
export function scaleOf({ doublings, unshuffle }: RrdbConfig): number {
  return 2 ** doublings / unshuffle;
}

const NEGATIVE_SLOPE = 0.2;
const RESIDUAL_SCALE = 0.2;
/** Convolutions of a dense block. */
const DENSE = 5;
/** Picture channels of the published upscalers: what more the first convolution takes are pixels of a square. */
const COLOURS = 3;

/**
 * The tensors of an upscaler's file by the names of Real-ESRGAN, whichever of the public names it has: those, the first
 * ones of ESRGAN (`RRDB_trunk.0.RDB1`), or the numbers of its layers (`model.1.sub.0.RDB1`). Throws CheckpointError.
 */
export function rrdbWeights({ source, identity, tensors }: WeightSet): WeightSet {
  // What training averaged is better than where it ended.
  const prefix = ['params_ema.', 'params.', 'state_dict.', 'module.'].find((own) => hasPrefix(tensors, own)) ?? '';
  const names = [...tensors.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  const rename = names.some((name) => name.startsWith('model.1.sub.')) ? byNumbers(names, source) : byFirstNames;
  return { source, identity, tensors: new Map(names.map((name) => [rename(name), tensors.get(prefix + name)!])) };
}

function hasPrefix(tensors: ReadonlyMap<string, unknown>, prefix: string): boolean {
  return [...tensors.keys()].some((name) => name.startsWith(prefix));
}

function byFirstNames(name: string): string {
  return name
    .replace(/^RRDB_trunk\.(\d+)\.RDB(\d)/, 'body.$1.rdb$2')
    .replace(/^trunk_conv\./, 'conv_body.')
    .replace(/^upconv(\d)\./, 'conv_up$1.')
    .replace(/^HRconv\./, 'conv_hr.');
}

/** Layers by their numbers: a convolution, the blocks with one behind, one for each doubling, and two at the end. */
function byNumbers(names: readonly string[], source: string): (name: string) => string {
  const numbers = names
    .flatMap((name) => Number(/^model\.(\d+)\.weight$/.exec(name)?.[1] ?? NaN))
    .filter(Number.isInteger);
  const ends = names
    .flatMap((name) => Number(/^model\.1\.sub\.(\d+)\.weight$/.exec(name)?.[1] ?? NaN))
    .filter(Number.isInteger);
  const outer = numbers.sort((a, b) => a - b);
  if (outer.length < 3 || ends.length !== 1) {
    throw new CheckpointError(`${source} has the layers of an ESRGAN upscaler, but not all of them.`);
  }
  const ups = outer.slice(1, -2);
  const known: Record<string, string> = {
    [`model.${outer[0]}`]: 'conv_first',
    [`model.1.sub.${ends[0]}`]: 'conv_body',
    ...Object.fromEntries(ups.map((number, i) => [`model.${number}`, `conv_up${i + 1}`])),
    [`model.${outer.at(-2)}`]: 'conv_hr',
    [`model.${outer.at(-1)}`]: 'conv_last',
  };
  return (name) => {
    const [, place = '', kind = ''] = /^(.*)\.(weight|bias)$/.exec(name) ?? [];
    if (known[place]) return `${known[place]}.${kind}`;
    return name.replace(/^model\.1\.sub\.(\d+)\.RDB(\d)\.conv(\d)\.0\./, 'body.$1.rdb$2.conv$3.');
  };
}

/** Reads the sizes of an upscaler from its tensors, by the names of Real-ESRGAN. Throws CheckpointError. */
export function readRrdbConfig({ tensors, source }: WeightSet): RrdbConfig {
  const shape = (name: string) => (tensors.get(`${name}.weight`) as TensorLocation | undefined)?.shape ?? [];
  const [first, dense, last] = [shape('conv_first'), shape('body.0.rdb1.conv1'), shape('conv_last')];
  const count = (name: (i: number) => string) => {
    let n = 0;
    while (shape(name(n)).length > 0) n++;
    return n;
  };
  if (first.length !== 4 || dense.length !== 4 || last.length !== 4) {
    throw new CheckpointError(`${source} is no upscaler that the engine can run: it has no layers of ESRGAN.`);
  }
  const [channels, inner] = [first[0]!, first[1]!];
  const unshuffle = Math.sqrt(inner / COLOURS);
  if (last[0] !== COLOURS || ![1, 2, 4].includes(unshuffle)) {
    throw new CheckpointError(
      `${source} takes ${inner} channels and gives ${last[0]}; the engine runs upscalers of colour pictures.`,
    );
  }
  return {
    pictureChannels: COLOURS,
    channels,
    growth: dense[0]!,
    blocks: count((i) => `body.${i}.rdb1.conv1`),
    doublings: count((i) => `conv_up${i + 1}`),
    unshuffle,
  };
}

/**
 * An upscaler of the ESRGAN family.
 *
 * Input: `picture` [N, 3, H, W] with values from 0 to 1, H and W being multiples of `unshuffle`. Output: `enlarged`
 * [N, 3, scale · H, scale · W] with values around 0 to 1.
 */
export function rrdb(config: RrdbConfig, weights: WeightSet, options: NetworkOptions): Model {
  return buildNetwork(weights, options, (root) => describe(root, config));
}

function describe(
  root: Module,
  { pictureChannels, channels, growth, blocks, doublings, unshuffle }: RrdbConfig,
): Results {
  const same = { in: channels, out: channels, kernel: 3 };
  const from = pictureChannels * unshuffle ** 2;
  const picture = floatInput(root, 'picture', ['N', pictureChannels, 'H', 'W']); // [N, 3, H, W]
  const shown = unshuffle === 1 ? picture : op.unshuffle(picture, pictureChannels, unshuffle); // [N, from, h, w]
  const first = conv(root.at('conv_first'), shown, { in: from, out: channels, kernel: 3 }); // [N, channels, h, w]

  let x = first; // [N, channels, h, w]
  for (let i = 0; i < blocks; i++) x = block(root.at(`body.${i}`), x, channels, growth); // [N, channels, h, w]
  x = op.add(first, conv(root.at('conv_body'), x, same)); // [N, channels, h, w]
  // Below, h and w are what they have become.
  for (let i = 1; i <= doublings; i++) {
    const m = root.at(`conv_up${i}`);
    x = bend(
      conv(
        m,
        m.build(() => op.enlargeTwice(x)),
        same,
      ),
    ); // [N, channels, 2 h, 2 w]
  }
  x = bend(conv(root.at('conv_hr'), x, same)); // [N, channels, h, w]
  const tensor = conv(root.at('conv_last'), x, { in: channels, out: pictureChannels, kernel: 3 }); // [N, 3, h, w]
  return { outputs: { enlarged: { tensor, dimensions: ['N', pictureChannels, 'scale H', 'scale W'] } } };
}

/** Three dense blocks in a row beside a shortcut, on x [N, C, h, w]: [N, C, h, w]. */
function block(m: Module, x: Tensor, channels: number, growth: number): Tensor {
  const change = [1, 2, 3].reduce((h, i) => denseBlock(m.at(`rdb${i}`), h, channels, growth), x); // [N, C, h, w]
  return m.build(() => op.add(op.scale(change, RESIDUAL_SCALE), x)); // [N, C, h, w]
}

/** Convolutions that each see all before them, beside a shortcut, on x [N, C, h, w]: [N, C, h, w]. */
function denseBlock(m: Module, x: Tensor, channels: number, growth: number): Tensor {
  let seen = [x];
  for (let i = 1; i < DENSE; i++) {
    const widths = { in: channels + (i - 1) * growth, out: growth, kernel: 3 };
    seen = [...seen, bend(conv(m.at(`conv${i}`), joined(seen), widths))]; // [N, growth, h, w] each
  }
  const widths = { in: channels + (DENSE - 1) * growth, out: channels, kernel: 3 };
  const change = conv(m.at(`conv${DENSE}`), joined(seen), widths); // [N, C, h, w]
  return m.build(() => op.add(op.scale(change, RESIDUAL_SCALE), x)); // [N, C, h, w]
}

function joined(tensors: readonly Tensor[]): Tensor {
  return tensors.length === 1 ? tensors[0]! : op.concat(tensors, 1);
}

function bend(x: Tensor): Tensor {
  return op.leakyRelu(x, NEGATIVE_SLOPE);
}
