import { AtelierError } from '@atelier/contracts';
import { describe, expect, it, test } from 'vitest';
import { checkBatch } from '../document/parse.js';
import { readPromptTable } from '../prompts/table.js';
import { expand } from './expand.js';
import { assetsOf, modelsOf } from './request-parts.js';
import { resolved } from './resolved.fixture.js';
import type { Purpose, ResolvedReferences } from './types.js';

type Document = Record<string, unknown>;
const expanded = (document: Document, more: Partial<ResolvedReferences> = {}) =>
  expand(checkBatch({ kind: 'Batch', model: 'postcard', prompts: ['a house'], ...document }), resolved(more));

function refusalOf(document: Document, more: Partial<ResolvedReferences> = {}): AtelierError {
  try {
    expanded(document, more);
  } catch (error) {
    if (error instanceof AtelierError) return error;
    throw error;
  }
  throw new Error('The batch was taken.');
}

const sha = (name: string) => `sha256 of ${name}`;

describe('a request with images and further networks', () => {
  const control = [
    { model: 'canny', image: 'edges.png' },
    { model: 'depth', image: 'far.png', scale: 0.5, end: 0.8 },
  ];

  it('has everything resolved, defaults in', () => {
    const request = expanded({
      initImage: 'start.png',
      mask: 'mask.png',
      maskBlur: 4,
      maskedOnly: {},
      control,
      refiner: { model: 'finer' },
      embeddings: ['toy'],
      guidanceRescale: 0.7,
      sdxl: { originalSize: '1024x768', cropTopLeft: [1, 2], targetSize: [3, 4], aestheticScore: 7 },
    }).request(0);
    expect(request).toMatchObject({
      initImage: sha('start.png'),
      strength: 1,
      mask: sha('mask.png'),
      maskBlur: 4,
      maskedPadding: 32,
      resize: 'crop',
      controls: [
        {
          model: { name: 'canny', sha256: sha('canny') },
          image: sha('edges.png'),
          preprocess: 'none',
          scale: 1,
          end: 1,
        },
        { image: sha('far.png'), scale: 0.5, start: 0, end: 0.8, guess: false },
      ],
      refiner: { model: { name: 'finer' }, switchAt: 0.8 },
      embeddings: [{ model: { sha256: sha('toy') }, token: 'toy' }],
      guidanceRescale: 0.7,
      sdxl: { originalWidth: 1024, originalHeight: 768, cropTop: 1, cropLeft: 2, targetWidth: 3, aestheticScore: 7 },
      negativeSdxl: { originalWidth: 1024, targetHeight: 4, aestheticScore: 2.5 },
      requiredFeatures: [
        'guidance_rescale',
        'init_image',
        'inpaint',
        'controlnet',
        'refiner',
        'sdxl_sizes',
        'embeddings',
      ],
    });
    expect(assetsOf(request)).toEqual(['start.png', 'mask.png', 'edges.png', 'far.png'].map(sha));
    expect(modelsOf(request).map(({ name }) => name)).toEqual(['postcard', 'canny', 'depth', 'toy', 'finer']);
  });

  it('keeps four fifths of the steps without a mask', () => {
    expect(expanded({ initImage: 'a' }).request(0)).toMatchObject({ strength: 0.8, maskedPadding: undefined });
  });

  it('is judged where whoever runs the farm says so', () => {
    const safetyChecker = { name: 'guard', sha256: sha('guard') };
    const expansion = expanded({}, { safetyChecker });
    expect(expansion.request(0)).toMatchObject({ safetyChecker, requiredFeatures: ['safety_checker'] });
    expect(expansion.classes[0]!.models.map(({ name }) => name)).toEqual(['postcard', 'guard']);
  });

  it('takes init image, mask and strength from matrix and columns', () => {
    const table = readPromptTable(Buffer.from('prompt,initImage,strength\na,x.png,0.5\nb,,\n'), 'p.csv');
    const document = { prompts: undefined, promptsFile: { file: 'p.csv' }, initImage: 'top.png' };
    const rows = expanded(document, { promptTable: table });
    expect([0, 1].map((i) => [rows.request(i).initImage, rows.request(i).strength])).toEqual([
      [sha('x.png'), 0.5],
      [sha('top.png'), 0.8],
    ]);
    const axes = expanded({ matrix: { initImage: ['a', 'b'], strength: [0.3, 0.6], seed: { from: 1, count: 5 } } });
    expect(axes.total).toBe(20);
    expect(axes.classes.map(({ count }) => count)).toEqual([5, 5, 5, 5]);
  });

  it('has the size of its init image where only the masked part is painted', () => {
    const document = { initImage: 'a', mask: 'b', size: '64x64' };
    const images = new Map(['a', 'b'].map((name) => [name, { sha256: sha(name), width: 300, height: 200 }]));
    expect(expanded(document, { images }).pictureSize(0)).toEqual({ width: 64, height: 64 });
    const masked = expanded({ ...document, maskedOnly: { padding: 8 } }, { images });
    expect(masked.pictureSize(0)).toEqual({ width: 300, height: 200 });
  });
});

describe('keys', () => {
  const keysOf = (document: Document) => expanded(document).classes[0]!;
  const base = { initImage: 'a', strength: 0.5, control: [{ model: 'c', image: 'e' }] };

  it.each<[string, Document, string[]]>([
    ['another init image', { initImage: 'b' }, ['batchKey']],
    ['a mask', { mask: 'm' }, ['batchKey', 'costKey']],
    ['another strength', { strength: 0.9 }, ['batchKey', 'costKey']],
    ['another way to resize', { resize: 'pad' }, ['batchKey']],
    ['another image to follow', { control: [{ model: 'c', image: 'f' }] }, ['batchKey']],
    ['another scale', { control: [{ model: 'c', image: 'e', scale: 0.5 }] }, ['batchKey']],
    ['another ControlNet', { control: [{ model: 'd', image: 'e' }] }, ['batchKey', 'costKey', 'residencyKey']],
    ['an embedding', { embeddings: ['t'] }, ['batchKey', 'costKey', 'residencyKey']],
    ['a refiner', { refiner: { model: 'r' } }, ['batchKey', 'costKey', 'residencyKey']],
    ['SDXL sizes', { sdxl: { originalSize: [8, 8] } }, ['batchKey']],
    ['a rescaled guidance', { guidanceRescale: 0.5 }, ['batchKey']],
  ])('%s changes what it must', (_, change, changed) => {
    const [before, after] = [keysOf(base), keysOf({ ...base, ...change })];
    const keys = ['batchKey', 'costKey', 'residencyKey'] as const;
    expect(keys.filter((key) => before[key] !== after[key])).toEqual(changed);
  });
});

describe('refused', () => {
  const wide = new Map([
    ['a', { sha256: 'a', width: 64, height: 64 }],
    ['m', { sha256: 'm', width: 96, height: 64 }],
  ]);
  it.each<[string, Document, Partial<ResolvedReferences>, string]>([
    [
      'a mask of another size',
      { initImage: 'a', mask: 'm' },
      { images: wide },
      'mask is an image of 96x64 pixels, but initImage has 64x64; both must be of one size.',
    ],
    [
      'an image that is not there',
      { control: [{ model: 'c', image: 'x' }] },
      { images: wide },
      'control[0].image is "x", which is no image that was uploaded.',
    ],
    [
      'a strength that leaves no step',
      { initImage: 'a', strength: 0.04, steps: 20 },
      {},
      'strength is 0.04, which leaves none of 20 steps; take at least 0.05.',
    ],
    [
      'a ControlNet that ends before it begins',
      { control: [{ model: 'c', image: 'x', start: 0.5, end: 0.5 }] },
      {},
      'control.start is 0.5 and end 0.5; it must begin before it ends.',
    ],
  ])('%s', (_, document, more, sentence) => {
    expect(refusalOf(document, more)).toMatchObject({ code: 'invalid_batch', message: sentence });
  });

  const checkpoint = { name: 'postcard', sha256: 'p', architecture: 'sd1', defaultWidth: 64, defaultHeight: 64 };
  const xl = { name: 'x', sha256: 'x', architecture: 'sdxl' };
  const models = new Map([
    ['postcard', checkpoint],
    ['big', { ...checkpoint, name: 'big', architecture: 'sdxl' }],
    ['finer', { ...checkpoint, name: 'finer', architecture: 'sdxl-refiner' }],
  ]);
  it.each<[string, Document, Partial<ResolvedReferences>]>([
    ['LoRA', { loras: [{ name: 'x' }] }, { loras: new Map([['x', xl]]) }],
    ['embedding', { embeddings: ['x'] }, { embeddings: new Map([['x', xl]]) }],
    [
      'ControlNet or T2I-Adapter',
      { control: [{ model: 'x', image: 'a' }] },
      { controls: new Map([['x', { ...xl, kind: 'controlnet' }]]) },
    ],
  ])('a %s for another family', (word, document, more) => {
    expect(refusalOf(document, { models, ...more })).toMatchObject({
      code: 'model_mismatch',
      message: `The ${word} "x" is for SDXL, the checkpoint "postcard" is SD 1.`,
    });
  });

  test('a refiner goes with SDXL alone', () => {
    expect(expanded({ model: 'big', refiner: { model: 'finer' } }, { models }).total).toBe(1);
    expect(refusalOf({ refiner: { model: 'finer' } }, { models }).message).toBe(
      'The refiner "finer" is for SDXL\'s refiner, the checkpoint "postcard" is SD 1.',
    );
  });
});

test.each<[Document, string]>([
  [{ mask: 'm' }, 'mask has no effect: the batch has no initImage.'],
  [{ strength: 0.5 }, 'strength has no effect: the batch has no initImage.'],
  [{ initImage: 'a', maskBlur: 4 }, 'maskBlur has no effect: the batch has no mask on an initImage.'],
  [{ initImage: 'a', maskedOnly: {} }, 'maskedOnly has no effect: the batch has no mask on an initImage.'],
  [{ resize: 'pad' }, 'resize has no effect: the batch has no image.'],
])('%j is warned of', (document, sentence) => {
  expect(expanded(document).warnings).toEqual([sentence]);
});

describe('images that pictures are like, or that checkpoints see whole', () => {
  const ipAdapters = [
    { model: 'like', encoder: 'seer', image: 'a.png' },
    { model: 'like', encoder: 'seer', image: 'b.png', scale: 0.5 },
  ];

  it('have everything resolved, defaults in', () => {
    const request = expanded({ ipAdapters }).request(0);
    const like = { model: { name: 'like', sha256: sha('like') }, encoder: { name: 'seer', sha256: sha('seer') } };
    expect(request).toMatchObject({
      ipAdapters: [
        { ...like, image: sha('a.png'), scale: 1 },
        { ...like, image: sha('b.png'), scale: 0.5 },
      ],
      requiredFeatures: ['ip_adapter'],
    });
    expect(assetsOf(request)).toEqual(['a.png', 'b.png'].map(sha));
    expect(modelsOf(request).map(({ name }) => name)).toEqual(['postcard', 'like', 'seer']);
  });

  it('are seen in all steps', () => {
    const edited = expanded({ initImage: 'a', imageGuidance: 1.5 });
    expect(edited.request(0)).toMatchObject({
      ...{ initImage: sha('a'), strength: 0, imageGuidance: 1.5 },
      requiredFeatures: ['init_image', 'image_guidance'],
    });
    expect(edited.classes[0]!.costKey).toContain('steps=20 evaluations=3');
  });

  it('are drawn four times larger', () => {
    const images = new Map([['a', { sha256: sha('a'), width: 103, height: 64 }]]);
    const enlarged = expanded({ initImage: 'a', noiseLevel: 30 }, { images });
    expect(enlarged.request(0)).toMatchObject({ noiseLevel: 30, strength: 0, width: 400, height: 256 });
    expect(enlarged.pictureSize(0)).toEqual({ width: 400, height: 256 });
  });

  it.each<[string, Document, string[]]>([
    ['another image', { ipAdapters: [{ ...ipAdapters[0], image: 'c.png' }, ipAdapters[1]] }, ['batchKey']],
    ['another scale', { ipAdapters: [{ ...ipAdapters[0], scale: 2 }, ipAdapters[1]] }, ['batchKey']],
    ['another encoder', { ipAdapters: [{ ...ipAdapters[0], encoder: 'x' }] }, ['batchKey', 'costKey', 'residencyKey']],
  ])('change keys: %s', (_, change, changed) => {
    const [one, other] = [expanded({ ipAdapters }).classes[0]!, expanded({ ipAdapters, ...change }).classes[0]!];
    const keys = ['batchKey', 'costKey', 'residencyKey'] as const;
    expect(keys.filter((key) => one[key] !== other[key])).toEqual(changed);
  });

  it('change keys: another guidance or noise level', () => {
    for (const key of ['imageGuidance', 'noiseLevel']) {
      const [one, other] = [1, 2].map((value) => expanded({ initImage: 'a', [key]: value }).classes[0]!);
      expect(one!.batchKey).not.toBe(other!.batchKey);
    }
  });

  it.each<[Document, string]>([
    [
      { frames: { motion: 'm' }, ipAdapters },
      'frames begin from noise and follow their prompt alone, without ipAdapters.',
    ],
  ])('%j is refused', (document, sentence) => {
    expect(refusalOf(document)).toMatchObject({ code: 'invalid_batch', message: sentence });
  });
});

describe('larger pictures and clips', () => {
  it('have everything resolved, defaults in', () => {
    expect(expanded({ hires: { scale: 1.5 }, upscale: { model: 'esrgan' }, steps: 12 }).request(0)).toMatchObject({
      hires: { scale: 1.5, steps: 12, strength: 0.7, upscaler: 'latent', model: undefined },
      upscale: { model: { name: 'esrgan' }, scale: 4 },
      requiredFeatures: ['hires', 'upscale'],
    });
    expect(expanded({ faces: { model: 'gfpgan', detector: 'retinaface' } }).request(0)).toMatchObject({
      faces: { model: { name: 'gfpgan' }, detector: { name: 'retinaface' }, visibility: 1 },
      requiredFeatures: ['faces'],
    });
    const second = expanded({ hires: { scale: 2, upscaler: 'esrgan' }, upscale: { model: 'lanczos' } }).request(0);
    expect(second).toMatchObject({ hires: { upscaler: '', model: { name: 'esrgan' } }, upscale: { scale: 2 } });
    const clip = expanded({ frames: { motion: 'sway' } });
    expect(clip.request(0).frames).toEqual({
      motion: { name: 'sway', sha256: sha('sway') },
      ...{ count: 16, fps: 8, format: 'webp' },
    });
    expect(clip.fileName(0)).toBe('0000-7.webp');
  });

  it('have the size that they are drawn and enlarged to', () => {
    expect(expanded({ hires: { scale: 1.3 }, size: '128x64' }).pictureSize(0)).toEqual({ width: 168, height: 80 });
    const both = expanded({ hires: { scale: 2 }, upscale: { model: 'x' }, size: '64x64' });
    expect(both.pictureSize(0)).toEqual({ width: 512, height: 512 });
  });

  it.each<[Document, string]>([
    [{ hires: { scale: 2 }, initImage: 'a' }, 'hires draws a picture twice from noise; it does not go with initImage.'],
    [
      { frames: { motion: 'm' }, control: [{ model: 'c', image: 'a' }] },
      'frames begin from noise and follow their prompt alone, without control.',
    ],
    [{ upscale: { model: 'latent' } }, 'upscale.model is latent, which only hires has; lanczos is a filter.'],
    [
      { frames: { motion: 'm' }, output: { format: 'png' } },
      'output.format is for pictures; frames.format is that of clips.',
    ],
  ])('%j is refused', (document, sentence) => {
    expect(refusalOf(document)).toMatchObject({ code: 'invalid_batch', message: sentence });
  });
});

describe('what a checkpoint was made for', () => {
  const images = new Map([
    ['a', { sha256: sha('a'), width: 100, height: 64 }],
    ['m', { sha256: sha('m'), width: 100, height: 64 }],
  ]);
  const as = (purpose: Purpose, architecture = 'sd1') => ({
    images,
    models: new Map([
      [
        'postcard',
        {
          ...{ name: 'postcard', sha256: 'p', architecture, purpose },
          defaultWidth: 64,
          defaultHeight: 64,
          sizeMultiple: 4,
        },
      ],
    ]),
  });
  const control = [{ model: 'c', image: 'a' }];

  it.each<[Purpose, Document, string, string]>([
    ['inpainting', {}, 'initImage', 'repaints parts of pictures; the batch must give it initImage.'],
    ['inpainting', { initImage: 'a' }, 'mask', 'repaints parts of pictures; the batch must give it mask.'],
    [
      'inpainting',
      { initImage: 'a', resize: 'pad', size: '200x128' },
      'mask',
      'repaints parts of pictures; the batch must',
    ],
    ['depth', { initImage: 'a' }, 'depthMap', 'draws by depth; the batch must give it depthMap.'],
    ['text-to-image', { depthMap: 'a' }, 'depthMap', 'draws what its prompt says; it does not go with depthMap.'],
    [
      'text-to-image',
      { initImage: 'a', imageGuidance: 2 },
      'imageGuidance',
      'draws what its prompt says; it does not go',
    ],
    ['editing', {}, 'initImage', 'changes the whole of a picture as prompts say; the batch must give it initImage.'],
    [
      'editing',
      { initImage: 'a', strength: 0.5 },
      'strength',
      'changes the whole of a picture as prompts say; it does',
    ],
    ['editing', { initImage: 'a', control }, 'control', 'changes the whole of a picture as prompts say; it does not'],
    ['upscaling', {}, 'initImage', 'draws the whole of a picture again, larger; the batch must give it initImage.'],
    ['upscaling', { initImage: 'a', size: '64x64' }, 'size', 'draws the whole of a picture again, larger; it does not'],
  ])('%s: %j is refused', (purpose, document, where, sentence) => {
    const refusal = refusalOf(document, as(purpose));
    expect(refusal).toMatchObject({ code: 'model_mismatch', where });
    expect(refusal.message).toContain(`The checkpoint "postcard" ${sentence}`);
  });

  it('is told by the batch where it is not known', () => {
    expect(refusalOf({ imageGuidance: 1.5 })).toMatchObject({ code: 'model_mismatch', where: 'initImage' });
    expect(refusalOf({ noiseLevel: 20, initImage: 'a', size: '64x64' })).toMatchObject({ where: 'size' });
  });

  it.each<[Purpose, Document, object]>([
    ['inpainting', { initImage: 'a', mask: 'm' }, { strength: 1, mask: sha('m') }],
    ['inpainting', { initImage: 'a', resize: 'pad', size: '128x64' }, { mask: '', resize: 'pad' }],
    ['depth', { depthMap: 'a' }, { depthMap: sha('a') }],
    [
      'editing',
      { initImage: 'a' },
      { strength: 0, imageGuidance: 1.5, requiredFeatures: ['init_image', 'image_guidance'] },
    ],
    ['upscaling', { initImage: 'a' }, { strength: 0, noiseLevel: 20, width: 400, height: 256 }],
  ])('%s: %j is taken, with the usual filled in', (purpose, document, request) => {
    expect(expanded(document, as(purpose)).request(0)).toMatchObject(request);
  });

  it('is little for the first latent diffusion', () => {
    const first = as('upscaling', 'ldm');
    const request = expanded({ initImage: 'a' }, first).request(0);
    expect(request).toMatchObject({ strength: 0, noiseLevel: undefined, width: 384, height: 256 });
    for (const [document, where] of [
      [{ negative: 'blue' }, 'negative'],
      [{ clipSkip: 1 }, 'clipSkip'],
    ] as const)
      expect(refusalOf({ initImage: 'a', ...document }, first)).toMatchObject({ code: 'model_mismatch', where });
    expect(refusalOf({ initImage: 'a' }, as('text-to-image', 'ldm'))).toMatchObject({ where: 'initImage' });
  });

  it('is to draw what a prompt says for a refiner', () => {
    const [base] = as('text-to-image', 'sdxl').models.values();
    const models = new Map([
      ['postcard', base!],
      ['finer', { ...base!, name: 'finer', purpose: 'inpainting' as const }],
    ]);
    expect(refusalOf({ refiner: { model: 'finer' } }, { models })).toMatchObject({
      code: 'model_mismatch',
      message: 'The refiner "finer" repaints parts of pictures, which refines nothing.',
    });
  });
});
