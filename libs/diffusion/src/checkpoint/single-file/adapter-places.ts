import type { JsonObject } from '../json.js';
import type { TensorLocation } from '../weight-files.js';
import { rename, tensorsBelow, type Place } from './places.js';
import { Shapes } from './shapes.js';

type Tensors = ReadonlyMap<string, TensorLocation>;

const PREFIX = 'adapter.';
/** Every published T2I-Adapter but the light ones has as many; its file numbers the residual blocks of all in a row. */
const LEVELS = 4;
/** Pixels of the squares that become one, for Stable Diffusion and for SDXL. */
const [SQUARE, SQUARE_XL] = [8 ** 2, 16 ** 2];

/** Whether these are the tensors of a T2I-Adapter, by diffusers' names or by its authors'. */
export function isAdapter(tensors: { has(name: string): boolean }): boolean {
  return ['', PREFIX].some(
    (prefix) =>
      (tensors.has(`${prefix}conv_in.weight`) && tensors.has(`${prefix}body.0.block1.weight`)) ||
      (tensors.has(`${prefix}conv_in.weight`) && tensors.has(`${prefix}body.0.resnets.0.block1.weight`)) ||
      (tensors.has(`${prefix}body.0.in_conv.weight`) && tensors.has(`${prefix}body.0.out_conv.weight`)),
  );
}

/** The tensors of a T2I-Adapter under our names, which the file may have already. */
export function adapterTensors(tensors: Tensors): Map<string, TensorLocation> {
  if (tensorsBelow(tensors, PREFIX).size > 0) return new Map(tensors);
  const shapes = new Shapes(tensors, 'a T2I-Adapter');
  const blocks = shapes.count('body');
  return rename(tensors, tensors.has('conv_in.weight') ? fullPlaces(blocks / LEVELS) : lightPlaces(blocks, shapes));
}

function fullPlaces(layers: number): Place[] {
  const places: Place[] = [{ ours: `${PREFIX}conv_in`, theirs: 'conv_in' }];
  for (let block = 0; block < LEVELS * layers; block++) {
    const ours = `${PREFIX}body.${Math.floor(block / layers)}`;
    places.push({ ours: `${ours}.in_conv`, theirs: `body.${block}.in_conv` });
    for (const part of ['block1', 'block2']) {
      places.push({ ours: `${ours}.resnets.${block % layers}.${part}`, theirs: `body.${block}.${part}` });
    }
  }
  return places;
}

function lightPlaces(blocks: number, shapes: Shapes): Place[] {
  return Array.from({ length: blocks }, (_, i) => [
    ...['in_conv', 'out_conv'].map((part) => ({ ours: `${PREFIX}body.${i}.${part}`, theirs: `body.${i}.${part}` })),
    ...Array.from({ length: shapes.count(`body.${i}.body`) }, (_, layer) => ({
      ours: `${PREFIX}body.${i}.resnets.${layer}`,
      theirs: `body.${i}.body.${layer}`,
    })),
  ]).flat();
}

/** The `config.json` of a T2I-Adapter, from the shapes of its tensors by our names. Throws CheckpointError. */
export function adapterConfig(shapes: Shapes): JsonObject {
  const body = `${PREFIX}body`;
  const isLight = !shapes.has(`${PREFIX}conv_in.weight`);
  const blocks = Array.from({ length: shapes.count(body) }, (_, i) => i);
  const widths = blocks.map((i) =>
    shapes.size(isLight ? `${body}.${i}.out_conv.weight` : `${body}.${i}.resnets.0.block1.weight`, 0),
  );
  const pixels = shapes.size(isLight ? `${body}.0.in_conv.weight` : `${PREFIX}conv_in.weight`, 1);
  const isXl = pixels % SQUARE_XL === 0;
  return {
    _class_name: 'T2IAdapter',
    adapter_type: isLight ? 'light_adapter' : isXl ? 'full_adapter_xl' : 'full_adapter',
    // A light one has a block more than it has widths.
    channels: isLight ? widths.slice(0, -1) : widths,
    num_res_blocks: shapes.count(`${body}.0.resnets`),
    in_channels: pixels / (isXl ? SQUARE_XL : SQUARE),
    downscale_factor: Math.sqrt(isXl ? SQUARE_XL : SQUARE),
  };
}
