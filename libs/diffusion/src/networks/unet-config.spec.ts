import { expect, test } from 'vitest';
import { readUnetConfig } from './unet-config.js';

const sd1 = {
  block_out_channels: [320, 640, 1280, 1280],
  cross_attention_dim: 768,
  down_block_types: ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],
  up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'],
};
const read = (settings: object) => readUnetConfig({ ...sd1, ...settings }, 'unet');

test('reads Stable Diffusion 1, levels from fine to coarse', () => {
  const { levels, middle, time } = read({});
  expect(levels.map(({ channels, down, up }) => ({ channels, down, up }))).toEqual([
    { channels: 320, down: [1, 1], up: [1, 1, 1] },
    { channels: 640, down: [1, 1], up: [1, 1, 1] },
    { channels: 1280, down: [1, 1], up: [1, 1, 1] },
    { channels: 1280, down: null, up: null },
  ]);
  expect(levels[0]!.attention).toEqual({ heads: 8, contextWidth: 768, onlyCrossAttention: false });
  expect(middle).toEqual({ transformerDepth: 1 });
  expect(time).toMatchObject({ channels: 320, width: 1280, conditionWidth: null });
});

test('reads depths per layer, and those of the way up from the coarse end', () => {
  const { levels, middle } = read({
    transformer_layers_per_block: [1, [2, 3], 4, [5]],
    reverse_transformer_layers_per_block: [1, [6, 7, 8], 9, 10],
    mid_block_type: 'UNetMidBlock2D',
  });
  expect(levels.map(({ down }) => down)).toEqual([[1, 1], [2, 3], [4, 4], null]);
  expect(levels.map(({ up }) => up)).toEqual([[10, 10, 10], [9, 9, 9], [6, 7, 8], null]);
  expect(middle).toEqual({ transformerDepth: null });
});

test('reads a U-Net without a middle, and one with heads per level', () => {
  expect(read({ mid_block_type: null }).middle).toBeNull();
  expect(read({ attention_head_dim: [5, 10, 20, 20] }).levels.map(({ attention }) => attention.heads)).toEqual([
    5, 10, 20, 20,
  ]);
});

test.each([
  [{ down_block_types: ['KDownBlock2D'] }, '"down_block_types" ["KDownBlock2D"]'],
  [
    { time_embedding_type: 'fourier' },
    '"time_embedding_type" "fourier", which the engine cannot run; it takes "positional".',
  ],
  [{ block_out_channels: [320, 0] }, '"block_out_channels" [320, 0]'],
  [{ transformer_layers_per_block: [1, [1, 2, 3], 1, 1] }, 'it takes one depth, or one per layer.'],
])('refuses what it cannot run', (settings, message) => {
  expect(() => read(settings)).toThrow(message);
});
