import { CheckpointError } from '../checkpoint/checkpoint-error.js';
import type { WeightSet } from '../checkpoint/weight-files.js';
import type { Model, Tensor } from '../graph/graph.js';
import * as op from '../graph/operators.js';
import { conv } from './layers.js';
import type { Module } from './module.js';
import { buildNetwork, floatInput, type NetworkOptions, type Results } from './network.js';

/** A detector of faces, RetinaFace, Deng et al. 2019, arXiv:1905.00641, on a ResNet-50, as its tensors tell. */
export interface RetinaFaceConfig {
  /** Channels after the first convolution. */
  width: number;
  /** Stages of the ResNet: blocks of each, and channels in which they compute and which they give. */
  stages: readonly { blocks: number; inner: number; out: number }[];
  /** Channels in which faces are looked for. */
  channels: number;
}

const COLOURS = 3;
const EPSILON = 1e-5;
/** Sizes of faces that are looked for at each place of a level. */
const ANCHORS = 2;
/** What is told of each: no face or a face, the corners of its box, and five points of two coordinates. */
const TOLD = { ClassHead: 2, BboxHead: 4, LandmarkHead: 10 } as const;
const STAGES = [1, 2, 3, 4];

/** The tensors of a detector's file without the prefix that training gave them. */
export function retinaFaceWeights({ source, identity, tensors }: WeightSet): WeightSet {
  return {
    ...{ source, identity },
    tensors: new Map([...tensors].map(([name, at]) => [name.replace(/^module\./, ''), at])),
  };
}

/** Reads the sizes of a detector from its tensors. Throws CheckpointError. */
export function readRetinaFaceConfig({ tensors, source }: WeightSet): RetinaFaceConfig {
  const out = (name: string) => tensors.get(`${name}.weight`)?.shape[0] ?? 0;
  if (!tensors.has('body.layer1.0.conv3.weight') || !tensors.has('ssh1.conv3X3.0.weight')) {
    const small = tensors.has('body.stage1.0.0.weight') ? ': it is one on a MobileNet' : '';
    throw new CheckpointError(
      `${source} is no detector of faces that the engine can run${small}; it runs RetinaFace on a ResNet-50.`,
    );
  }
  const stages = STAGES.map((stage) => {
    let blocks = 0;
    while (out(`body.layer${stage}.${blocks}.conv3`) > 0) blocks++;
    return { blocks, inner: out(`body.layer${stage}.0.conv1`), out: out(`body.layer${stage}.0.conv3`) };
  });
  return { width: out('body.conv1'), stages, channels: out('fpn.output1.0') };
}

/**
 * A detector of faces. It looks at places that are 8, 16 and 32 pixels apart, at each for two sizes of faces.
 *
 * Input: `picture` [N, 3, H, W], blue before green before red, less their means over many pictures. Outputs, for all places,
 * rows first: `scores` [N, P, 2], the second being how likely a face is; `boxes` [N, P, 4] and `points` [N, P, 10], as distances
 * from each place.
 */
export function retinaFace(config: RetinaFaceConfig, weights: WeightSet, options: NetworkOptions): Model {
  return buildNetwork(
    weights,
    options,
    (root) => describe(root, config),
    (tensor) => tensor.endsWith('.num_batches_tracked'),
  );
}

function describe(root: Module, { width, stages, channels }: RetinaFaceConfig): Results {
  const picture = floatInput(root, 'picture', ['N', COLOURS, 'H', 'W']); // [N, 3, H, W]
  const body = root.at('body');
  const first = conv(body.at('conv1'), picture, {
    ...{ in: COLOURS, out: width, kernel: 7, stride: 2, padding: [3, 3, 3, 3], bias: false },
  }); // [N, width, H / 2, W / 2]
  let x = op.maxPoolHalf(op.relu(normal(body.at('bn1'), first, width))); // [N, width, H / 4, W / 4]
  let from = width;
  const seen: Tensor[] = [];
  for (const [i, { blocks, inner, out }] of stages.entries()) {
    for (let block = 0; block < blocks; block++) {
      const stride = i > 0 && block === 0 ? 2 : 1;
      x = bottleneck(body.at(`layer${i + 1}.${block}`), x, { in: from, inner, out, stride }); // [N, out, h, w]
      from = out;
    }
    if (i > 0) seen.push(x);
  }
  const levels = pyramid(root.at('fpn'), seen, stages.slice(1), channels); // [N, channels, h, w] each
  const contexts = levels.map((level, i) => context(root.at(`ssh${i + 1}`), level, channels)); // [N, channels, h, w] each
  const told = (head: keyof typeof TOLD) => {
    const parts = contexts.map((level, i) => places(root.at(`${head}.${i}.conv1x1`), level, channels, TOLD[head]));
    return op.concat(parts, 1); // [N, P, values]
  };
  const result = (tensor: Tensor, values: number) => ({ tensor, dimensions: ['N', 'P', values] });
  return {
    outputs: {
      scores: result(op.softmax(told('ClassHead')), TOLD.ClassHead),
      boxes: result(told('BboxHead'), TOLD.BboxHead),
      points: result(told('LandmarkHead'), TOLD.LandmarkHead),
    },
  };
}

/** A block of ResNet, He et al. 2015, arXiv:1512.03385, on x [N, in, h, w]: [N, out, h / stride, w / stride]. */
function bottleneck(
  m: Module,
  x: Tensor,
  { in: from, inner, out, stride }: { in: number; inner: number; out: number; stride: number },
): Tensor {
  const layer = (n: number, y: Tensor, widths: { in: number; out: number; kernel: number; stride?: number }) =>
    normal(m.at(`bn${n}`), conv(m.at(`conv${n}`), y, { ...widths, bias: false }), widths.out);
  const narrow = op.relu(layer(1, x, { in: from, out: inner, kernel: 1 })); // [N, inner, h, w]
  const around = op.relu(layer(2, narrow, { in: inner, out: inner, kernel: 3, stride })); // [N, inner, h', w']
  const wide = layer(3, around, { in: inner, out, kernel: 1 }); // [N, out, h', w']
  const shortcut = m.has('downsample.0.weight')
    ? normal(
        m.at('downsample.1'),
        conv(m.at('downsample.0'), x, { in: from, out, kernel: 1, stride, bias: false, padding: [0, 0, 0, 0] }),
        out,
      )
    : x; // [N, out, h', w']
  return op.relu(op.add(wide, shortcut));
}

/** What the stages saw, the larger sizes with what the smaller ones know: [N, channels, h, w] each. */
function pyramid(m: Module, seen: readonly Tensor[], widths: readonly { out: number }[], channels: number): Tensor[] {
  const leak = leakOf(channels);
  const [large, middle, small] = seen.map((x, i) =>
    bent(m.at(`output${i + 1}`), x, { in: widths[i]!.out, out: channels, kernel: 1 }, leak),
  ) as [Tensor, Tensor, Tensor];
  const widened = { in: channels, out: channels, kernel: 3 };
  const joined = bent(m.at('merge2'), op.add(middle, op.enlarge(small, middle)), widened, leak); // [N, channels, h, w]
  const whole = bent(m.at('merge1'), op.add(large, op.enlarge(joined, large)), widened, leak); // [N, channels, h, w]
  return [whole, joined, small];
}

/** What is around each place of x [N, C, h, w], near and farther: [N, C, h, w]. */
function context(m: Module, x: Tensor, channels: number): Tensor {
  const leak = leakOf(channels);
  const [half, quarter] = [channels / 2, channels / 4];
  const inner = { in: quarter, out: quarter, kernel: 3 };
  const near = flat(m.at('conv3X3'), x, { in: channels, out: half, kernel: 3 }); // [N, C / 2, h, w]
  const wider = bent(m.at('conv5X5_1'), x, { in: channels, out: quarter, kernel: 3 }, leak); // [N, C / 4, h, w]
  const far = flat(m.at('conv5X5_2'), wider, inner); // [N, C / 4, h, w]
  const farthest = flat(m.at('conv7x7_3'), bent(m.at('conv7X7_2'), wider, inner, leak), inner); // [N, C / 4, h, w]
  return op.relu(op.concat([near, far, farthest], 1));
}

/** The values told at each place of x [N, C, h, w], for each size of faces: [N, anchors * h * w, values]. */
function places(m: Module, x: Tensor, channels: number, values: number): Tensor {
  const told = conv(m, x, { in: channels, out: ANCHORS * values, kernel: 1 }); // [N, anchors * values, h, w]
  return m.build(() => op.reshape(op.transpose(told, [0, 2, 3, 1]), [0, -1, values]));
}

interface Convolution {
  in: number;
  out: number;
  kernel: number;
}

/** A convolution and its normalization: [N, out, h, w]. */
function flat(m: Module, x: Tensor, widths: Convolution): Tensor {
  return normal(m.at('1'), conv(m.at('0'), x, { ...widths, bias: false }), widths.out);
}

/** The same, and what is below 0 made smaller. */
function bent(m: Module, x: Tensor, widths: Convolution, leak: number): Tensor {
  return op.leakyRelu(flat(m, x, widths), leak);
}

/** Narrow detectors let some of what is below 0 through. */
const leakOf = (channels: number) => (channels <= 64 ? 0.1 : 0);

function normal(m: Module, x: Tensor, width: number): Tensor {
  const [mean, variance] = [m.parameter('running_mean', [width]), m.parameter('running_var', [width])];
  return m.build(() =>
    op.batchNormalization(x, { weight: m.weight([width]), bias: m.bias(width), mean, variance }, EPSILON),
  );
}
