import { expect, test } from 'vitest';
import { LDM_UNETS, ldmUnetShapes, tensorsOf } from './ldm.fixture.js';
import { Shapes } from './shapes.js';
import { eightHeads, headsOf64, unetConfig } from './unet-config.js';
import { unetTensors } from './unet-places.js';

function derive(name: keyof typeof LDM_UNETS, heads = headsOf64) {
  const tensors = unetTensors(tensorsOf(ldmUnetShapes(LDM_UNETS[name])), false, 'm.safetensors');
  return unetConfig(new Shapes(tensors, 'm.safetensors'), { heads, sampleSize: 64 });
}

const [down, attentionDown] = ['DownBlock2D', 'CrossAttnDownBlock2D'];
const [up, attentionUp] = ['UpBlock2D', 'CrossAttnUpBlock2D'];

test('tells the configuration of Stable Diffusion 1 by its tensors', () => {
  expect(derive('sd1', eightHeads)).toEqual({
    _class_name: 'UNet2DConditionModel',
    sample_size: 64,
    in_channels: 4,
    out_channels: 4,
    block_out_channels: [320, 640, 1280, 1280],
    layers_per_block: 2,
    down_block_types: [attentionDown, attentionDown, attentionDown, down],
    mid_block_type: 'UNetMidBlock2DCrossAttn',
    up_block_types: [up, attentionUp, attentionUp, attentionUp],
    transformer_layers_per_block: [1, 1, 1, 1],
    reverse_transformer_layers_per_block: null,
    attention_head_dim: [8, 8, 8, 8],
    cross_attention_dim: 768,
    use_linear_projection: false,
    addition_embed_type: null,
    time_cond_proj_dim: null,
  });
});

test.each([
  ['sd2', { attention_head_dim: [5, 10, 20, 20], cross_attention_dim: 1024, use_linear_projection: true }],
  [
    'sdxl',
    {
      block_out_channels: [320, 640, 1280],
      down_block_types: [down, attentionDown, attentionDown],
      up_block_types: [attentionUp, attentionUp, up],
      transformer_layers_per_block: [1, 2, 10],
      addition_embed_type: 'text_time',
      addition_time_embed_dim: 256,
      projection_class_embeddings_input_dim: 2816,
    },
  ],
  [
    'ssd1b',
    {
      mid_block_type: 'UNetMidBlock2D',
      transformer_layers_per_block: [1, 2, 4],
      reverse_transformer_layers_per_block: [[4, 4, 10], [2, 1, 1], 1],
    },
  ],
  [
    'refiner',
    {
      block_out_channels: [384, 768, 1536, 1536],
      up_block_types: [up, attentionUp, attentionUp, up],
      transformer_layers_per_block: [1, 4, 4, 4],
      projection_class_embeddings_input_dim: 2560,
    },
  ],
] as const)('tells that of %s', (name, expected) => {
  expect(derive(name)).toMatchObject(expected);
});

test('takes the averaged weights on request', () => {
  const own = ldmUnetShapes(LDM_UNETS.sd1);
  const averaged = Object.entries(own).map(([name, shape]) => [
    `model_ema.${name.replace('model.', '').replaceAll('.', '')}`,
    shape,
  ]);
  const tensors = tensorsOf({ ...own, ...Object.fromEntries(averaged) });
  const place = (name: string) => tensors.get(name)?.offset;
  expect(unetTensors(tensors, false, '').get('conv_in.weight')?.offset).toBe(
    place('model.diffusion_model.input_blocks.0.0.weight'),
  );
  expect(unetTensors(tensors, true, '').get('conv_in.weight')?.offset).toBe(
    place('model_ema.diffusion_modelinput_blocks00weight'),
  );
  expect(() => unetTensors(tensorsOf(own), true, 'm.safetensors')).toThrow(
    'm.safetensors has no averaged weights, which "ema" asks for: "time_embed.0.weight" has none.',
  );
});

test('keeps the name of a tensor that no U-Net has', () => {
  const tensors = tensorsOf({ ...ldmUnetShapes(LDM_UNETS.sd1), 'model.diffusion_model.lora.down': [1] });
  expect(unetTensors(tensors, false, '').has('lora.down')).toBe(true);
});

test('refuses levels of different numbers of layers', () => {
  const uneven = { ...LDM_UNETS.sd1, down: [[1], [1, 1], [1, 1], [0, 0]] };
  expect(() => unetTensors(tensorsOf(ldmUnetShapes(uneven)), false, 'm.safetensors')).toThrow(
    'm.safetensors has a U-Net with levels of 1, 2, 2, 2 layers; expected as many in each.',
  );
});
