import { join } from 'node:path';
import { expect, test } from 'vitest';
import { familyOf, kindOf } from './index.js';

const goldens = join(import.meta.dirname, '../../../../tests/goldens/pipelines');

test.each([
  ['sd1/model', 'checkpoint', null],
  ['sd1/model/vae', 'vae', null],
  ['controlnet/model1', 'controlnet', 'sd1'],
  ['controlnet/model-xl', 'controlnet', 'sdxl'],
  ['t2i-adapter/full_adapter', 't2i-adapter', 'sd1'],
  ['t2i-adapter/full_adapter_xl', 't2i-adapter', 'sdxl'],
  ['textual-inversion/files/midstyle.safetensors', 'embedding', null],
  ['textual-inversion/files/cat-toy.safetensors', 'embedding', null],
  ['textual-inversion/files/xlstyle.safetensors', 'embedding', 'sdxl'],
  ['lora/files/kohya-sdxl.safetensors', 'lora', 'sdxl'],
  // The tiny text encoders have widths of their own, so that these could be for any family.
  ['lora/files/kohya-sd1.safetensors', 'lora', null],
  ['lora/files/lcm-lora-peft.safetensors', 'lora', null],
  ['animatediff/motion_adapter', 'motion', null],
  ['safety-checker/safety_checker', 'safety-checker', null],
  ['ip-adapter/models', 'ip-adapter', null],
  ['ip-adapter/models-more/sdxl-plus.safetensors', 'ip-adapter', null],
  ['ip-adapter/image_encoder', 'image-encoder', null],
  ['../models/faces/gfpgan-half.safetensors', 'face-restorer', null],
  ['../models/faces/retinaface-resnet.safetensors', 'face-detector', null],
  ['../../../models/postcard-upscaler-x4', 'upscaler', null],
  ['../../../models/postcard-preview', 'preview-decoder', null],
] as const)('%s is a %s of %s', async (place, kind, family) => {
  const path = join(goldens, place);
  expect(await kindOf(path)).toBe(kind);
  expect(await familyOf(path, kind)).toBe(family);
});

test('what is no model that a batch names has no kind', async () => {
  expect(await kindOf(join(goldens, 'sd1/model/unet'))).toBeUndefined();
  expect(await kindOf(join(goldens, 'sd1/model/text_encoder'))).toBeUndefined();
});
