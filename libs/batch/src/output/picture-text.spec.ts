import { describe, expect, it } from 'vitest';
import { checkBatch } from '../document/parse.js';
import { expand } from '../expansion/expand.js';
import { resolved } from '../expansion/resolved.fixture.js';
import { pictureText, type PictureSettings } from './picture-text.js';

const textOf = (
  document: Record<string, unknown>,
  settings: PictureSettings = { sampler: 'dpmpp_2m', schedule: 'karras' },
) => {
  const batch = checkBatch({ kind: 'Batch', model: 'postcard', seed: 5, ...document });
  return pictureText(expand(batch, resolved()).request(0), settings, '1.2.3');
};

describe('the text of a picture', () => {
  it('is what AUTOMATIC1111 would write', () => {
    const { parameters } = textOf({
      prompts: ['a red house <lora:ink:0.8>'],
      negative: 'blurry',
      clipSkip: 1,
      vae: 'soft',
      steps: 12,
      guidance: 4,
    });
    expect(parameters.split('\n')).toEqual([
      'a red house <lora:ink:0.8>',
      'Negative prompt: blurry',
      'Steps: 12, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 4, Seed: 5, Size: 128x96, ' +
        'Model hash: sha256 of , Model: postcard, VAE hash: sha256 of , VAE: soft, Clip skip: 2, RNG: CPU, ' +
        'Lora hashes: "ink: sha256 of ", Version: Atelier 1.2.3',
    ]);
  });

  it('has no line for what there is not', () => {
    expect(textOf({ prompts: ['a'] }, { sampler: 'ddim', schedule: 'normal' }).parameters.split('\n')).toEqual([
      'a',
      'Steps: 20, Sampler: DDIM, CFG scale: 7.5, Seed: 5, Size: 128x96, Model hash: sha256 of , Model: postcard, RNG: CPU, Version: Atelier 1.2.3',
    ]);
  });

  it('tells of images and further networks', () => {
    const { parameters, atelier } = textOf({
      prompts: ['a toy'],
      initImage: 'start',
      mask: 'hole',
      maskBlur: 4,
      maskedOnly: { padding: 8 },
      control: [{ model: 'canny', image: 'edges', preprocess: 'canny', scale: 0.5 }],
      refiner: { model: 'finer' },
      embeddings: ['toy'],
      guidanceRescale: 0.7,
    });
    expect(parameters.split('\n')).toEqual([
      'a toy',
      'Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7.5, CFG rescale: 0.7, Seed: 5, Size: 128x96, ' +
        'Model hash: sha256 of , Model: postcard, Denoising strength: 1, Mask blur: 4, Inpaint area: Only masked, ' +
        'Masked area padding: 8, RNG: CPU, Refiner: finer [sha256 of ], Refiner switch at: 0.8, ' +
        'ControlNet 0: "Module: canny, Model: canny [sha256 of ], Weight: 0.5, Resize Mode: Crop and Resize, ' +
        'Threshold A: 100, Threshold B: 200, Guidance Start: 0, Guidance End: 1, Control Mode: Balanced", ' +
        'TI hashes: "toy: sha256 of ", Version: Atelier 1.2.3',
    ]);
    expect(JSON.parse(atelier)).toMatchObject({
      initImage: 'sha256 of start',
      strength: 1,
      mask: 'sha256 of hole',
      maskedOnly: { padding: 8 },
      control: [{ name: 'canny', sha256: 'sha256 of canny', image: 'sha256 of edges', scale: 0.5 }],
      refiner: { name: 'finer', switchAt: 0.8 },
      embeddings: [{ name: 'toy', sha256: 'sha256 of toy', token: 'toy' }],
    });
  });

  it('says where the autoencoder worked tile by tile', () => {
    const settings = { sampler: 'ddim', schedule: 'normal' };
    const [tiled, whole] = [true, false].map((vaeTiling) => textOf({ prompts: ['a'] }, { ...settings, vaeTiling }));
    expect(tiled!.parameters).toContain('Model: postcard, VAE tiling: True, RNG: CPU');
    expect(JSON.parse(tiled!.atelier)).toMatchObject({ vaeTiling: true });
    expect(whole).toEqual(textOf({ prompts: ['a'] }, settings));
  });

  it('is complete in JSON', () => {
    const { atelier } = textOf({ prompts: ['a <lora:ink:0.8>'], negative: '' });
    expect(JSON.parse(atelier)).toEqual({
      version: 1,
      prompt: 'a',
      negative: '',
      model: { name: 'postcard', sha256: 'sha256 of postcard' },
      loras: [{ name: 'ink', sha256: 'sha256 of ink', weight: 0.8, textEncoderWeight: 0.8 }],
      sampler: 'dpmpp_2m',
      schedule: 'karras',
      steps: 20,
      guidance: 7.5,
      size: '128x96',
      seed: 5,
      rng: 'cpu',
      clipSkip: 0,
      promptSyntax: 'weighted',
      engine: '1.2.3',
    });
  });
});
