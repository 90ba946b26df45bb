import { expect, test } from 'vitest';
import { tensorsOf } from './ldm.fixture.js';
import { Shapes } from './shapes.js';
import { CLIP_ENCODERS, textEncoderConfig, textEncoderTensors } from './text-encoder.js';

const openClipLayer = (i: number) => ({
  [`m.model.transformer.resblocks.${i}.attn.in_proj_bias`]: [3 * 1024],
  [`m.model.transformer.resblocks.${i}.mlp.c_fc.weight`]: [4096, 1024],
});
const openClip = (layers: number, words = 49408) => ({
  'm.model.positional_embedding': [77, 1024],
  'm.model.token_embedding.weight': [words, 1024],
  'm.model.text_projection': [1024, 1280],
  'm.model.logit_scale': [],
  ...Object.assign({}, ...Array.from({ length: layers }, (_, i) => openClipLayer(i))),
});
const describe = (tensors: ReturnType<typeof tensorsOf>, encoder: (typeof CLIP_ENCODERS)[keyof typeof CLIP_ENCODERS]) =>
  textEncoderConfig(new Shapes(tensors, 'm.safetensors'), encoder);

test("leaves out what Stable Diffusion 2 does not use of OpenCLIP's encoder", () => {
  const tensors = textEncoderTensors(tensorsOf(openClip(24)), ['n.model.', 'm.model.'], CLIP_ENCODERS.h);
  expect(tensors.has('text_projection.weight')).toBe(false);
  expect(tensors.has('logit_scale')).toBe(false);
  expect([...tensors.keys()].filter((name) => name.includes('23'))).toEqual([]);
  expect(tensors.get('text_model.encoder.layers.22.self_attn.v_proj.bias')?.shape).toEqual([1024]);
  expect(describe(tensors, CLIP_ENCODERS.h)).toEqual({
    architectures: ['CLIPTextModel'],
    vocab_size: 49408,
    hidden_size: 1024,
    max_position_embeddings: 77,
    intermediate_size: 4096,
    num_hidden_layers: 23,
    num_attention_heads: 16,
    hidden_act: 'gelu',
    eos_token_id: 2,
  });
});

test('keeps the projection where texts are pooled', () => {
  const tensors = textEncoderTensors(tensorsOf(openClip(2)), ['m.model.'], CLIP_ENCODERS.g);
  expect(tensors.get('text_projection.weight')).toMatchObject({ shape: [1280, 1024], transposed: true });
  expect(describe(tensors, CLIP_ENCODERS.g)).toMatchObject({
    architectures: ['CLIPTextModelWithProjection'],
    projection_dim: 1280,
    num_hidden_layers: 2,
  });
});

test.each(['text_model.', ''])("takes the names of transformers as they are, with '%s' in front", (root) => {
  const shapes = {
    [`t.${root}embeddings.token_embedding.weight`]: [49408, 768],
    [`t.${root}embeddings.position_embedding.weight`]: [77, 768],
    [`t.${root}embeddings.position_ids`]: [1, 77],
    [`t.${root}encoder.layers.0.mlp.fc1.weight`]: [3072, 768],
  };
  const tensors = textEncoderTensors(tensorsOf(shapes), ['t.'], CLIP_ENCODERS.l);
  expect(tensors.size).toBe(3);
  expect(describe(tensors, CLIP_ENCODERS.l)).toMatchObject({ num_attention_heads: 12, hidden_act: 'quick_gelu' });
});

test('refuses an encoder of another vocabulary', () => {
  const tensors = textEncoderTensors(tensorsOf(openClip(1, 634)), ['m.model.'], CLIP_ENCODERS.h);
  expect(() => describe(tensors, CLIP_ENCODERS.h)).toThrow(
    "m.safetensors has a text encoder of 634 words and no tokenizer; CLIP's own has 49408 words.",
  );
});

test('finds none where there is none', () => {
  expect(textEncoderTensors(tensorsOf({ 'x.weight': [1] }), ['m.model.'], CLIP_ENCODERS.l).size).toBe(0);
});
