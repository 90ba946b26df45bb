import { AtelierError } from '@atelier/contracts';
import { describe, expect, it } from 'vitest';
import { canonicalText, checkBatch, parseBatch } from './parse.js';

const minimal = { kind: 'Batch', model: 'postcard', prompts: ['a house'] };

function refusalOf(document: unknown): AtelierError {
  try {
    checkBatch(document);
  } catch (error) {
    if (error instanceof AtelierError) return error;
    throw error;
  }
  throw new Error('The batch was taken.');
}

describe('a batch', () => {
  const everything = `
    kind: Batch
    version: 1
    name: harbour at dusk
    project: postcards
    model: postcard
    vae: auto
    loras: [{name: postcard-lcm-lora, weight: 1.0, textEncoderWeight: 0.5}]
    sampler: lcm
    schedule: normal
    steps: 4
    guidance: 1.0
    eta: 0
    size: 128x128
    rng: cpu
    clipSkip: 0
    promptSyntax: weighted
    prompts:
      - a red lighthouse by the sea at {dawn|sunset|night}
    negative: blurry
    seed: -1
    matrix:
      seed: {from: 1, count: 100}
      guidance: [1.0, 1.5]
      include: [{guidance: 1.5, steps: 8}]
      exclude: [{seed: 3}]
    priority: normal
    deadline: 2h
    dependsOn: [jobId]
    output: {format: png, name: "{index}-{seed}"}
    reproducible: true
    initImage: in.png
    mask: mask.png
    maskBlur: 4
    maskedOnly: {padding: 32}
    resize: crop
    strength: 0.75
    control: [{model: canny, image: map.png, preprocess: canny, low: 100, high: 200, scale: 1, start: 0, end: 1, guess: false}]
    refiner: {model: refiner, switchAt: 0.8}
    hires: {scale: 2, steps: 10, strength: 0.5, upscaler: esrgan}
    upscale: {model: esrgan, scale: 4}
    frames: {count: 16, motion: module, fps: 8, format: gif}
    sdxl: {originalSize: [1024, 1024], cropTopLeft: [0, 0], targetSize: [1024, 1024], aestheticScore: 6, negativeAestheticScore: 2.5}
  `;

  it('may hold every documented field', () => {
    expect(() => parseBatch(everything, { format: 'yaml' })).not.toThrow();
  });

  it('is read again from its canonical text as it is, the order of its axes included', () => {
    const batch = parseBatch(everything, { format: 'yaml' });
    const again = parseBatch(canonicalText(batch), { format: 'json' });
    expect(again).toEqual(batch);
    expect(Object.keys(again.matrix!)).toEqual(['seed', 'guidance', 'include', 'exclude']);
    const turned = checkBatch({ ...minimal, matrix: { steps: [1], seed: [1], guidance: [1] } });
    expect(Object.keys(turned.matrix!)).toEqual(['steps', 'seed', 'guidance']);
  });

  it('takes samplers by name, alias and AUTOMATIC1111 label', () => {
    for (const sampler of ['euler_a', 'plms', 'dpmpp_2m_karras', 'DPM++ 2M Karras', 'Euler a', 'DDIM']) {
      expect(checkBatch({ ...minimal, sampler }).sampler).toBe(sampler);
    }
  });
});

describe('what is wrong is said in a sentence with its place', () => {
  it.each([
    [[], undefined, 'A batch is a map of fields that begins with `kind: Batch`, not [].'],
    [{ ...minimal, kind: 'batch' }, 'kind', 'kind is "batch"; it takes the word Batch.'],
    [{ model: 'm', prompts: ['a'] }, 'kind', 'kind is missing; it takes the word Batch.'],
    [{ ...minimal, stepz: 4 }, 'stepz', 'stepz is not a field of a batch: did you mean steps?'],
    [
      { ...minimal, loras: [{ name: 'x', wieght: 1 }] },
      'loras[0].wieght',
      'loras[0].wieght is not a field of a batch: did you mean weight?',
    ],
    [
      { ...minimal, matrix: { seed: { from: 1, cuont: 3 } } },
      'matrix.seed.cuont',
      'matrix.seed.cuont is not a field of a batch: did you mean count?',
    ],
    [
      { ...minimal, matrix: { resolution: [1] } },
      'matrix.resolution',
      /^matrix.resolution is not a field of a batch: allowed are model, vae, loras, /,
    ],
    [
      { ...minimal, size: '100x100' },
      'size',
      'size is "100x100"; it takes WxH in pixels, both multiples of 8 from 64 to 8192, such as 512x768.',
    ],
    [
      { ...minimal, matrix: { size: ['512x512', '8x8'] } },
      'matrix.size[1]',
      /^matrix.size\[1\] is "8x8"; it takes WxH/,
    ],
    [{ ...minimal, steps: 0 }, 'steps', /^steps is 0; it takes a whole number from 1 to 1000 /],
    [
      { ...minimal, matrix: { steps: { from: 990, count: 20 } } },
      'matrix.steps',
      /^matrix.steps reaches 1009; steps takes /,
    ],
    [{ ...minimal, guidance: 'high' }, 'guidance', 'guidance is "high"; it takes a number from 0 to 100.'],
    [{ ...minimal, seed: 2 ** 32 }, 'seed', /^seed is 4294967296; it takes a whole number from 0 to 4294967295, or -1/],
    [{ ...minimal, matrix: { seed: [1, 2, 1] } }, 'matrix.seed[2]', /repeats 1/],
    [{ ...minimal, matrix: { sampler: ['pndm', 'plms'] } }, 'matrix.sampler[1]', /repeats "plms"/],
    [{ ...minimal, matrix: { seed: [-1] } }, 'matrix.seed[0]', /a drawn seed belongs to the top level/],
    [
      { ...minimal, matrix: { seed: 5 } },
      'matrix.seed',
      'matrix.seed is 5; it takes a list of values, or a range {from, count, step}.',
    ],
    [{ ...minimal, matrix: { eta: { from: 0, count: 2, step: 0 } } }, 'matrix.eta.step', /^matrix.eta.step is 0; /],
    [
      { ...minimal, matrix: { seed: [1], exclude: [{ guidance: 3 }] } },
      'matrix.exclude[0].guidance',
      /is no key of the matrix/,
    ],
    [
      { ...minimal, matrix: { seed: [1], exclude: [{ seed: 3 }] } },
      'matrix.exclude[0].seed',
      'matrix.exclude[0].seed is 3, which is none of the values of matrix.seed.',
    ],
    [
      { ...minimal, matrix: { sampler: ['dpmpp_2m_karras'], schedule: ['normal'] } },
      'matrix.sampler',
      /has its schedule already/,
    ],
    [{ ...minimal, prompts: ['a', 3] }, 'prompts[1]', 'prompts[1] is 3; it takes text of at most 10000 characters.'],
    [{ ...minimal, prompts: [] }, 'prompts', 'prompts is []; it takes a list of at least one prompt.'],
    [{ kind: 'Batch', model: 'm' }, 'prompts', 'prompts or promptsFile is missing; give one of them.'],
    [{ ...minimal, promptsFile: { file: 'a.txt' } }, 'prompts', /exclude each other/],
    [{ ...minimal, strength: 0 }, 'strength', 'strength is 0; it takes a number above 0 and at most 1.'],
    [
      { ...minimal, priority: 'urgent' },
      'priority',
      /^priority is "urgent"; it takes low, normal, high or a whole number/,
    ],
    [
      { ...minimal, output: { name: '{index}-{sed}' } },
      'output.name',
      'output.name has the field {sed}: did you mean seed?',
    ],
    [{ ...minimal, output: { name: '{index' } }, 'output.name', /a brace has no partner/],
  ])('%j', (document, where, message) => {
    const refusal = refusalOf(document);
    expect(refusal.message).toMatch(message);
    expect(refusal).toMatchObject({ code: 'invalid_batch', where });
  });

  it('an unknown sampler has a code of its own', () => {
    const refusal = refusalOf({ ...minimal, sampler: 'eulr' });
    expect(refusal).toMatchObject({ code: 'unknown_sampler', where: 'sampler' });
    expect(refusal.message).toMatch(/^sampler is "eulr"; it takes one of ddim, .*, tcd; did you mean euler\?$/);
    expect(refusalOf({ ...minimal, matrix: { sampler: ['ddim', 'magic'] } })).toMatchObject({
      code: 'unknown_sampler',
      where: 'matrix.sampler[1]',
    });
  });

  it('a range of 10^12 seeds is too large, whatever its values', () => {
    expect(refusalOf({ ...minimal, matrix: { seed: { from: 1, count: 1e12 } } })).toMatchObject({
      code: 'batch_too_large',
      message: 'The batch makes 1,000,000,000,000 tasks; a job has at most 10,000,000.',
    });
  });

  it.each([
    ['yaml', 'kind: Batch\nprompts: [a\n', /^The batch is not valid YAML at line 3, column 1: /],
    [
      'yaml',
      'kind: Batch\nsteps: 1\nsteps: 2',
      /^The batch is not valid YAML at line 3, column 1: Map keys must be unique/,
    ],
    ['yaml', '', /^A batch is a map of fields/],
    ['json', '{"kind": "Batch", ', /^The batch is not valid JSON: /],
  ] as const)('%s %j', (format, text, message) => {
    expect(() => parseBatch(text, { format })).toThrow(message);
  });

  it('aliases that unfold without end are refused', () => {
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x]',
      ...'bcdefghi'.split('').map((key, i) => `${key}: &${key} [${Array(9).fill(`*${'abcdefgh'[i]}`).join()}]`),
    ];
    expect(() => parseBatch(bomb.join('\n'), { format: 'yaml' })).toThrow(/not valid YAML/);
  });
});
