import type { TensorLocation } from '../weight-files.js';

/** A U-Net as the original code's configuration files describe it. */
export interface LdmUnet {
  inChannels?: number;
  channels: number;
  multipliers: readonly number[];
  /** Depths of the transformers on the way down, level by level and layer by layer; 0 for none. */
  down: readonly (readonly number[])[];
  /** The same on the way up, which begins at the coarsest level. */
  up: readonly (readonly number[])[];
  /** Depth of the transformer in the middle; 0 where there is a residual block alone. */
  middle: number;
  context: number;
  linear?: boolean;
  /** Width of what SDXL is told beside the text. */
  added?: number;
}

type Shapes = Record<string, readonly number[]>;

/** Tensors of these shapes, one behind the other, that nobody reads. */
export function tensorsOf(shapes: Shapes): Map<string, TensorLocation> {
  const bytes = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 2);
  let offset = 0;
  return new Map(
    Object.entries(shapes).map(([name, shape]) => {
      const byteLength = bytes(shape);
      offset += byteLength;
      return [name, { path: '/m.safetensors', type: 'F16', shape, offset: offset - byteLength, byteLength }];
    }),
  );
}

/** Names and shapes of some tensors of each module of a U-Net, as the original code has them. */
export function ldmUnetShapes(net: LdmUnet, prefix = 'model.diffusion_model.'): Shapes {
  const shapes: Shapes = {};
  const add = (name: string, ...shape: number[]) => (shapes[prefix + name] = shape);
  const resnet = (name: string, from: number, to: number) => {
    add(`${name}.in_layers.2.weight`, to, from, 3, 3);
    if (from !== to) add(`${name}.skip_connection.weight`, to, from, 1, 1);
  };
  const transformer = (name: string, width: number, depth: number) => {
    if (depth === 0) return;
    add(`${name}.norm.weight`, width);
    add(`${name}.proj_in.weight`, width, width, ...(net.linear ? [] : [1, 1]));
    for (let i = 0; i < depth; i++) add(`${name}.transformer_blocks.${i}.attn2.to_k.weight`, width, net.context);
  };

  add('time_embed.0.weight', 4 * net.channels, net.channels);
  if (net.added) add('label_emb.0.0.weight', 4 * net.channels, net.added);
  add('input_blocks.0.0.weight', net.channels, net.inChannels ?? 4, 3, 3);
  let width = net.channels;
  let block = 1;
  net.multipliers.forEach((multiplier, level) => {
    for (const depth of net.down[level]!) {
      resnet(`input_blocks.${block}.0`, width, multiplier * net.channels);
      width = multiplier * net.channels;
      transformer(`input_blocks.${block++}.1`, width, depth);
    }
    if (level < net.multipliers.length - 1) add(`input_blocks.${block++}.0.op.weight`, width, width, 3, 3);
  });
  resnet('middle_block.0', width, width);
  transformer('middle_block.1', width, net.middle);
  if (net.middle > 0) resnet('middle_block.2', width, width);
  block = 0;
  net.multipliers.toReversed().forEach((multiplier, i) => {
    net.up[i]!.forEach((depth, layer) => {
      resnet(`output_blocks.${block}.0`, 2 * width, multiplier * net.channels);
      width = multiplier * net.channels;
      transformer(`output_blocks.${block}.1`, width, depth);
      const isLast = layer === net.up[i]!.length - 1 && i < net.multipliers.length - 1;
      if (isLast) add(`output_blocks.${block}.${depth > 0 ? 2 : 1}.conv.weight`, width, width, 3, 3);
      block++;
    });
  });
  add('out.0.weight', width);
  add('out.2.weight', 4, width, 3, 3);
  return shapes;
}

const sd = {
  channels: 320,
  multipliers: [1, 2, 4, 4],
  down: [
    [1, 1],
    [1, 1],
    [1, 1],
    [0, 0],
  ],
  up: [
    [0, 0, 0],
    [1, 1, 1],
    [1, 1, 1],
    [1, 1, 1],
  ],
  middle: 1,
};
const xl = { channels: 320, multipliers: [1, 2, 4], context: 2048, linear: true, added: 2816 };

/** The published U-Nets. */
export const LDM_UNETS = {
  sd1: { ...sd, context: 768 },
  sd2: { ...sd, context: 1024, linear: true },
  sdxl: {
    ...xl,
    down: [
      [0, 0],
      [2, 2],
      [10, 10],
    ],
    up: [
      [10, 10, 10],
      [2, 2, 2],
      [0, 0, 0],
    ],
    middle: 10,
  },
  ssd1b: {
    ...xl,
    down: [
      [0, 0],
      [2, 2],
      [4, 4],
    ],
    up: [
      [4, 4, 10],
      [2, 1, 1],
      [0, 0, 0],
    ],
    middle: 0,
  },
  refiner: {
    channels: 384,
    multipliers: [1, 2, 4, 4],
    down: [
      [0, 0],
      [4, 4],
      [4, 4],
      [0, 0],
    ],
    up: [
      [0, 0, 0],
      [4, 4, 4],
      [4, 4, 4],
      [0, 0, 0],
    ],
    middle: 4,
    context: 1280,
    linear: true,
    added: 2560,
  },
} as const satisfies Record<string, LdmUnet>;
