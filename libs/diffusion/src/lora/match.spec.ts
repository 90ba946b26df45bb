import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { matchLora } from './match.js';
import { spellings } from './spellings.js';

const sd1 = { layersPerBlock: 2, upBlockHasAttention: [false, true, true, true] };
const query = 'down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q';

describe('a module of the UNet is found under its name', () => {
  test.each([
    ['of kohya, joined', 'lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn1_to_q.lora_down.weight'],
    ['of kohya, in LDM words', 'lora_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_q.lora_down.weight'],
    ['of PEFT', `unet.${query}.lora_A.weight`],
    [
      'of the attention processor',
      `unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1.processor.to_q_lora.down.weight`,
    ],
    ['of older diffusers', `unet.${query}.lora.down.weight`],
  ])('%s', (_, down) => {
    const up = down.replace('lora_down', 'lora_up').replace('lora_A', 'lora_B').replace('.down.', '.up.');
    const { matches, leftover } = matchLora([down, up], [{ target: 'unet', module: query }], sd1);
    expect(matches).toEqual([{ target: 'unet', module: query, down, up }]);
    expect(leftover).toEqual([]);
  });
});

test('a motion module is found under the names of the first motion LoRAs', () => {
  const module = 'up_blocks.1.motion_modules.2.transformer_blocks.0.attn2.to_out.0';
  const name =
    'up_blocks.1.motion_modules.2.temporal_transformer.transformer_blocks.0.attention_blocks.1.processor.to_out';
  const [down, up] = [`${name}_lora.down.weight`, `${name}_lora.up.weight`];
  const { matches, leftover } = matchLora([down, up], [{ target: 'unet', module }], sd1);
  expect(matches).toEqual([{ target: 'unet', module, down, up }]);
  expect(leftover).toEqual([]);
});

test.each([
  ['LoHa', ['hada_w1_a', 'hada_w1_b', 'hada_w2_a', 'hada_w2_b', 'hada_t1', 'hada_t2', 'alpha'], 'hadamard'],
  ['LoKr of a whole factor and a product', ['lokr_w1', 'lokr_w2_a', 'lokr_w2_b', 'alpha'], 'kronecker'],
  ['LoKr with DoRA', ['lokr_w1', 'lokr_w2', 'dora_scale'], 'kronecker'],
])('all parts of a %s belong together', (_, parts, kind) => {
  const keys = parts.map((part) => `lora_unet_${query.replaceAll('.', '_')}.${part}`);
  const { matches, leftover } = matchLora(keys, [{ target: 'unet', module: query }], sd1);
  expect(matches).toMatchObject([{ kind, module: query }]);
  expect(leftover).toEqual([]);
});

test('alpha belongs to its own module, and what matches nothing is left over', () => {
  const name = 'lora_te_text_model_encoder_layers_0_mlp_fc1';
  const keys = [`${name}.lora_down.weight`, `${name}.lora_up.weight`, `${name}.alpha`, 'lora_te_nothing.alpha'];
  const module = 'text_model.encoder.layers.0.mlp.fc1';
  const { matches, leftover } = matchLora(keys, [{ target: 'text_encoder', module }], sd1);
  expect(matches[0]).toMatchObject({ module, alpha: `${name}.alpha` });
  expect(leftover).toEqual(['lora_te_nothing.alpha']);
});

test('one half of a pair is no match', () => {
  const { matches, leftover } = matchLora([`unet.${query}.lora_A.weight`], [{ target: 'unet', module: query }], sd1);
  expect(matches).toEqual([]);
  expect(leftover).toHaveLength(1);
});

test('no two modules of a network share a spelling', () => {
  const folder = new URL('../../../../models/postcard/unet/', import.meta.url);
  const file = readFileSync(new URL('diffusion_pytorch_model.safetensors', folder));
  const header = JSON.parse(file.toString('utf8', 8, 8 + Number(file.readBigUInt64LE(0)))) as Record<string, unknown>;
  const modules = Object.keys(header)
    .filter((key) => key.endsWith('.weight'))
    .map((key) => key.slice(0, -'.weight'.length));
  const layout = { layersPerBlock: 1, upBlockHasAttention: [false, true, true, true] };
  const all = modules.flatMap((module) => [...new Set(spellings('unet', module, layout))]);
  expect(new Set(all).size).toBe(all.length);
});
