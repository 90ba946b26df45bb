import { expect, test } from 'vitest';
import { CheckpointError } from '../checkpoint-error.js';
import type { SafetensorsFile } from '../safetensors.js';
import { contentOf, detectKind } from './detect.js';
import { LDM_UNETS, ldmUnetShapes, tensorsOf, type LdmUnet } from './ldm.fixture.js';

const TELLTALE = 'model.diffusion_model.output_blocks.11.1.transformer_blocks.0.norm1.bias';
const CLIP = { 'cond_stage_model.transformer.text_model.final_layer_norm.bias': [768] };
const OPEN_CLIP = { 'cond_stage_model.model.ln_final.bias': [1024] };
const TWO_ENCODERS = {
  'conditioner.embedders.0.transformer.text_model.final_layer_norm.bias': [768],
  'conditioner.embedders.1.model.ln_final.bias': [1280],
};
const REFINER = { 'conditioner.embedders.0.model.ln_final.bias': [1280] };

interface Parts {
  others?: Record<string, readonly number[]>;
  values?: Record<string, number[]>;
  metadata?: Record<string, string>;
}

function file(net: LdmUnet, { others = {}, values = {}, metadata = {} }: Parts = {}): SafetensorsFile {
  const counted = Object.fromEntries(Object.entries(values).map(([name, list]) => [name, [list.length]]));
  return {
    path: 'm.safetensors',
    identity: '',
    metadata,
    tensors: tensorsOf({ ...ldmUnetShapes(net), ...others, ...counted }),
    read: async (names) => names.map((name) => values[name]!),
  };
}

const { sd1, sd2, sdxl, ssd1b, refiner } = LDM_UNETS;
const spread = (width: number) => Array.from({ length: 320 }, (_, i) => (i % 2 === 0 ? width : -width));

test.each([
  ['sd1', file(sd1, { others: CLIP })],
  ['sd1-inpaint', file({ ...sd1, inChannels: 9 }, { others: CLIP })],
  ['sd1-edit', file({ ...sd1, inChannels: 8 }, { others: CLIP })],
  ['sd2', file(sd2, { others: OPEN_CLIP, values: { [TELLTALE]: spread(0.03) } })],
  ['sd2', file(sd2, { others: OPEN_CLIP, values: { global_step: [875_000] } })],
  ['sd2', file(sd2, { metadata: { global_step: '875000' } })],
  ['sd2-v', file(sd2, { others: OPEN_CLIP, values: { [TELLTALE]: spread(0.2) } })],
  ['sd2-v', file(sd2, { others: OPEN_CLIP })],
  ['sd2', file(sd2, { metadata: { 'modelspec.prediction_type': 'epsilon' } })],
  ['sd2-inpaint', file({ ...sd2, inChannels: 9 }, { others: OPEN_CLIP })],
  ['sd2-depth', file({ ...sd2, inChannels: 5 }, { others: OPEN_CLIP })],
  ['sdxl', file(sdxl, { others: TWO_ENCODERS })],
  ['sdxl', file(ssd1b, { others: TWO_ENCODERS })],
  ['sdxl', file(sdxl)],
  ['sdxl-v', file(sdxl, { others: { ...TWO_ENCODERS, v_pred: [0] } })],
  ['sdxl-v', file(sdxl, { others: TWO_ENCODERS, metadata: { 'modelspec.prediction_type': 'v' } })],
  ['sdxl-inpaint', file({ ...sdxl, inChannels: 9 }, { others: TWO_ENCODERS })],
  ['sdxl-refiner', file(refiner, { others: REFINER })],
  ['sdxl-refiner', file(refiner)],
])('knows %s', async (kind, checkpoint) => {
  expect(contentOf(checkpoint.tensors)).toBe('checkpoint');
  expect(await detectKind(checkpoint)).toBe(kind);
});

const TOKENS = 'cond_stage_model.transformer.token_emb.weight';
test.each([
  [file({ ...sd2, inChannels: 8 }), 'm.safetensors has a U-Net of 8 input channels; known are 4 (text to image)'],
  [file({ ...sd2, added: 1024 }, { others: OPEN_CLIP }), 'm.safetensors is an unCLIP checkpoint'],
  [file(sdxl, { others: { edm_mean: [4] } }), 'm.safetensors is a checkpoint of Playground 2.5, which asks for'],
  [
    file(sd1, { others: { 'cond_stage_model.embedding.weight': [1001, 512] } }),
    'of class-conditional latent diffusion',
  ],
  [file(sd1, { others: { [TOKENS]: [8192, 512] } }), 'of layout-conditional latent diffusion, which draws things in'],
  [file(sd1, { others: { [TOKENS]: [30522, 1280] } }), 'of the first latent diffusion, which is read from a folder'],
])('refuses by name what the engine does not run', async (checkpoint, message) => {
  const refused = detectKind(checkpoint);
  await expect(refused).rejects.toThrow(CheckpointError);
  await expect(refused).rejects.toThrow(message);
});

test('does not read a mark that is no mark', async () => {
  const checkpoint = file(sd2, { others: { ...OPEN_CLIP, global_step: [1e9] } });
  expect(await detectKind(checkpoint)).toBe('sd2-v');
});

test.each([
  ['vae', 'decoder.mid.block_1.conv1.weight'],
  ['vae', 'first_stage_model.decoder.mid.block_1.conv1.weight'],
  ['vae', 'decoder.mid_block.resnets.0.conv1.weight'],
  ['controlnet', 'control_model.input_hint_block.0.weight'],
  ['controlnet', 'input_hint_block.0.weight'],
  ['controlnet', 'controlnet_cond_embedding.conv_in.weight'],
  [undefined, 'lora_unet_conv_in.lora_down.weight'],
])('knows %s by %s', (content, tensor) => {
  expect(contentOf(new Map([[tensor, 0]]))).toBe(content);
});
