import { expect, test } from 'vitest';
import { adapterConfig, adapterTensors, isAdapter } from './adapter-places.js';
import { tensorsOf } from './ldm.fixture.js';
import { Shapes } from './shapes.js';

const both = (name: string, shape: number[]) => ({ [`${name}.weight`]: shape, [`${name}.bias`]: [shape[0]!] });

/** A full adapter by its authors' names: two residual blocks for each of four levels, numbered in a row. */
function full(pixels: number) {
  const widths = [320, 640, 1280, 1280];
  const blocks = widths.flatMap((width, level) =>
    [0, 1].map((layer) => ({
      ...(layer === 0 && level > 0 && width !== widths[level - 1]
        ? both(`body.${2 * level}.in_conv`, [width, widths[level - 1]!, 1, 1])
        : {}),
      ...both(`body.${2 * level + layer}.block1`, [width, width, 3, 3]),
      ...both(`body.${2 * level + layer}.block2`, [width, width, 1, 1]),
    })),
  );
  return tensorsOf(Object.assign(both('conv_in', [320, pixels, 3, 3]), ...blocks));
}

/** A light one: residual blocks of a quarter of the width, between projections. */
function light() {
  const blocks = [320, 640, 1280, 1280].map((width, i, all) => ({
    ...both(`body.${i}.in_conv`, [width / 4, all[i - 1] ?? 192, 1, 1]),
    ...both(`body.${i}.out_conv`, [width, width / 4, 1, 1]),
    ...Object.assign({}, ...[0, 1, 2, 3].map((j) => both(`body.${i}.body.${j}.block1`, [width / 4, width / 4, 3, 3]))),
  }));
  return tensorsOf(Object.assign({}, ...blocks));
}

const configOf = (tensors: ReturnType<typeof full>) => adapterConfig(new Shapes(adapterTensors(tensors), 'a file'));

test.each([
  [192, { adapter_type: 'full_adapter', in_channels: 3, downscale_factor: 8 }],
  [64, { adapter_type: 'full_adapter', in_channels: 1, downscale_factor: 8 }],
  [768, { adapter_type: 'full_adapter_xl', in_channels: 3, downscale_factor: 16 }],
  [256, { adapter_type: 'full_adapter_xl', in_channels: 1, downscale_factor: 16 }],
])('tells an adapter that takes %i values of a square', (pixels, expected) => {
  expect(isAdapter(full(pixels))).toBe(true);
  expect(configOf(full(pixels))).toEqual({
    ...{ _class_name: 'T2IAdapter', channels: [320, 640, 1280, 1280], num_res_blocks: 2 },
    ...expected,
  });
});

test('tells a light one', () => {
  expect(isAdapter(light())).toBe(true);
  expect(configOf(light())).toMatchObject({
    ...{ adapter_type: 'light_adapter', channels: [320, 640, 1280], num_res_blocks: 4, in_channels: 3 },
  });
});

test('finds the blocks of a row in their levels', () => {
  const names = [...adapterTensors(full(192)).keys()];
  expect(names).toContain('adapter.body.2.in_conv.weight');
  expect(names).toContain('adapter.body.3.resnets.1.block2.bias');
  expect(names.every((name) => name.startsWith('adapter.'))).toBe(true);
});

test('takes nothing else for an adapter', () => {
  expect(isAdapter(tensorsOf(both('conv_in', [320, 4, 3, 3])))).toBe(false);
});
