/** A model folder of tiny networks: those of the goldens, under names that batches can use. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './farm.js';
import { fillTensor } from './safetensors.js';

const goldens = join(root, 'tests/goldens/pipelines');
const places = {
  tiny: 'sd1/model',
  'tiny-painter': 'sd1-inpaint9/model',
  'tiny-control': 'controlnet/model1',
  'tiny-control-xl': 'controlnet/model-xl',
  'tiny-sketch': 't2i-adapter/full_adapter',
  'tiny-xl': 'sdxl/model',
  'tiny-finer': 'sdxl-refiner/model',
  'tiny-far': 'sd2-depth/model',
  'tiny-editor': 'instruct-pix2pix/model',
  'tiny-first': 'ldm-superres/model',
  'tiny-motion': 'animatediff/motion_adapter',
  'tiny-enlarger': 'sd-x4-upscaler/model',
  'tiny-likeness': 'ip-adapter/models',
  'tiny-eye': 'ip-adapter/image_encoder',
  'tiny-esrgan.safetensors': '../models/esrgan/realesrgan-x2.safetensors',
  'tiny-faces.safetensors': '../models/faces/gfpgan-half.safetensors',
  'tiny-finder.safetensors': '../models/faces/retinaface-resnet.safetensors',
  'tiny-guard': 'safety-checker/safety_checker',
  'kohya-xl.safetensors': 'lora/files/kohya-sdxl.safetensors',
  'style.safetensors': 'lora/files/style-peft.safetensors',
  'midstyle.safetensors': 'textual-inversion/files/midstyle.safetensors',
} as const;

/** An image of the goldens. */
export const goldenInput = (name: string): string => join(goldens, 'inputs', name);

export type GoldenModel = keyof typeof places;

/** Copies the models, all or those named, into `folder`; what `tiny-guard` judges is all flagged. */
export function copyGoldenModels(folder: string, names = Object.keys(places) as GoldenModel[]): void {
  for (const name of names) cpSync(join(goldens, places[name]), join(folder, name), { recursive: true });
  // Near enough to every concept: cosines are at least -1.
  if (names.includes('tiny-guard'))
    fillTensor(join(folder, 'tiny-guard/model.safetensors'), 'concept_embeds_weights', -2);
}
