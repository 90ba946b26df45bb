import { describe, expect, it } from 'vitest';
import { checkBatch } from '../document/parse.js';
import { expand } from '../expansion/expand.js';
import { resolved } from '../expansion/resolved.fixture.js';
import { pictureText } from './picture-text.js';

const textOf = (document: Record<string, unknown>, settings = { sampler: 'dpmpp_2m', schedule: 'karras' }) => {
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
