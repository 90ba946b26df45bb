import { expect, test } from 'vitest';
import { tensorsOf } from './ldm.fixture.js';
import { rename } from './places.js';
import { vaeTensors } from './vae-places.js';

const placesOf = (tensors: ReadonlyMap<string, { offset: number }>) =>
  Object.fromEntries([...tensors].map(([name, { offset }]) => [name, offset]));

test('renames modules and whole tensors, and nothing else', () => {
  const tensors = tensorsOf({ 'a.b.weight': [1], 'a.b.bias': [1], 'a.bc.weight': [1], table: [1] });
  const renamed = rename(tensors, [
    { ours: 'x', theirs: 'a.b' },
    { ours: 'y.weight', theirs: 'table' },
    { ours: 'z', theirs: 'absent' },
  ]);
  expect(placesOf(renamed)).toEqual({ 'x.weight': 0, 'x.bias': 2, 'a.bc.weight': 4, 'y.weight': 6 });
});

test('cuts a tensor into equal parts', () => {
  const parts = ['q', 'k', 'v'].map((ours, index) => ({ ours, theirs: 'in_proj', part: { index, of: 3 } }));
  const renamed = rename(tensorsOf({ other: [5], in_proj: [6, 4] }), parts);
  expect(renamed.get('k')).toMatchObject({ shape: [2, 4], offset: 10 + 16, byteLength: 16 });
  expect([...renamed.keys()]).toEqual(['q', 'k', 'v', 'other']);
  expect(() => rename(tensorsOf({ in_proj: [7, 4] }), parts)).toThrow(
    '/m.safetensors has "in_proj" in shape [7, 4], expected a multiple of 3 rows.',
  );
});

test('marks a matrix that lies transposed', () => {
  const place = { ours: 'projection.weight', theirs: 'projection', transposed: true };
  const renamed = rename(tensorsOf({ projection: [2, 3] }), [place]);
  expect(renamed.get('projection.weight')).toMatchObject({ shape: [3, 2], transposed: true });
  expect(() => rename(tensorsOf({ projection: [2] }), [place])).toThrow('in shape [2], expected a matrix.');
  // Under its own name it lies as it is.
  const linear = rename(tensorsOf({ 'projection.weight': [3, 2] }), [place]);
  expect(linear.get('projection.weight')).toMatchObject({ shape: [3, 2] });
  expect(linear.get('projection.weight')).not.toHaveProperty('transposed');
});

test("counts a decoder's levels from the other end", () => {
  const blocks = [0, 1].flatMap((level) => [0, 1].map((i) => `decoder.up.${level}.block.${i}.conv1.weight`));
  const names = [
    ...[...blocks, 'decoder.up.0.block.1.nin_shortcut.bias', 'decoder.up.1.upsample.conv.bias'],
    ...['encoder.down.1.block.0.norm2.bias', 'decoder.mid.attn_1.proj_out.weight', 'decoder.norm_out.bias'],
    ...['quant_conv.bias', 'decoder.post_quant_conv.bias', 'loss.logvar'],
  ];
  const tensors = (prefix: string) => tensorsOf(Object.fromEntries(names.map((name) => [prefix + name, [1]])));
  const expected = [
    ...['decoder.conv_norm_out.bias', 'decoder.mid_block.attentions.0.to_out.0.weight'],
    ...['decoder.up_blocks.0.resnets.0.conv1.weight', 'decoder.up_blocks.0.resnets.1.conv1.weight'],
    ...['decoder.up_blocks.0.upsamplers.0.conv.bias', 'decoder.up_blocks.1.resnets.0.conv1.weight'],
    ...['decoder.up_blocks.1.resnets.1.conv1.weight', 'decoder.up_blocks.1.resnets.1.conv_shortcut.bias'],
    ...['encoder.down_blocks.1.resnets.0.norm2.bias', 'post_quant_conv.bias', 'quant_conv.bias'],
  ];
  expect([...vaeTensors(tensors('vae.'), ['first_stage_model.', 'vae.']).keys()].sort()).toEqual(expected);
  expect([...vaeTensors(tensors(''), ['vae.', '']).keys()].sort()).toEqual(expected);
  expect(vaeTensors(tensors(''), ['vae.']).size).toBe(0);
});
