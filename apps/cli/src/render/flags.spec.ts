import { expect, test } from 'vitest';
import { batchOf, loraOf } from './flags.js';

test('flags become the fields of a batch', () => {
  const batch = batchOf('a {red} house', 'postcard', {
    negative: '',
    steps: '12',
    seed: '7',
    sampler: 'dpmpp_2m_karras',
    guidance: '1.5',
    size: '128x64',
    clipSkip: '1',
    rng: 'gpu',
    lora: ['style', 'lcm@0.5'],
    count: '3',
  });
  expect(batch).toEqual({
    kind: 'Batch',
    name: 'render',
    model: 'postcard',
    prompts: ['a \\{red\\} house'],
    negative: '',
    steps: 12,
    sampler: 'dpmpp_2m_karras',
    guidance: 1.5,
    size: '128x64',
    clipSkip: 1,
    rng: 'gpu',
    loras: [{ name: 'style' }, { name: 'lcm', weight: 0.5 }],
    matrix: { seed: { from: 7, count: 3 } },
  });
});

test.each([
  [{ steps: 'many' }, '--steps is "many"; it must be a number'],
  [{ steps: '0' }, /^steps is 0; it takes a whole number from 1/],
  [{ size: '130x128' }, /^size is "130x128"; it takes WxH in pixels, both multiples of 8/],
  [{ sampler: 'eulr' }, /^sampler is "eulr".*euler/],
  [{ count: '0' }, '--count is "0"; it must be a whole number from 1'],
  [{ lora: ['style@'] }, '--lora is "style@"; it takes NAME or NAME@WEIGHT'],
  [{ seed: '4294967296' }, /^matrix.seed/],
])('%j is refused', (flags, sentence) => {
  expect(() => batchOf('a house', 'postcard', { count: '1', ...flags })).toThrow(sentence);
});

test('pictures to be like, and to see whole, become fields', () => {
  const fieldsOf = (flags: object) => batchOf('a house', 'postcard', { count: '1', ...flags });
  expect(fieldsOf({ ipAdapter: ['like=a.png@0.6', 'more=b.png'], imageEncoder: 'seer' }).ipAdapters).toEqual([
    { model: 'like', encoder: 'seer', image: 'a.png', scale: 0.6 },
    { model: 'more', encoder: 'seer', image: 'b.png' },
  ]);
  expect(fieldsOf({ initImage: 'a.png', imageGuidance: '0' })).toMatchObject({ imageGuidance: 0 });
  expect(fieldsOf({ faces: 'gfpgan@0.5', faceDetector: 'finder' }).faces).toEqual({
    model: 'gfpgan',
    visibility: 0.5,
    detector: 'finder',
  });
  expect(fieldsOf({ initImage: 'a.png', noiseLevel: '30' })).toMatchObject({ noiseLevel: 30 });
});

test.each([
  [{ ipAdapter: ['like=a.png'] }, '--ip-adapter needs --image-encoder'],
  [{ imageEncoder: 'seer' }, '--image-encoder is about the pictures of --ip-adapter, which is missing'],
  [{ ipAdapter: ['like'], imageEncoder: 'seer' }, '--ip-adapter is "like"; it takes NAME=FILE or NAME=FILE@SCALE'],
  [{ faceDetector: 'finder' }, '--face-detector is about the faces of --faces, which is missing'],
  [{ imageGuidance: '1.5' }, '--image-guidance is about the picture of --init-image, which is missing'],
  [{ noiseLevel: '20' }, '--noise-level is about the picture of --init-image, which is missing'],
])('%j is refused without what it is about', (flags, sentence) => {
  expect(() => batchOf('a house', 'postcard', { count: '1', ...flags })).toThrow(sentence);
});

test('a drawn seed is one that can be written down', () => {
  const { matrix } = batchOf('a house', 'postcard', { seed: '-1', count: '1' });
  expect((matrix!.seed as { from: number }).from).toBeGreaterThanOrEqual(0);
});

test('the weight of a LoRA stands behind the last @', () => {
  expect(loraOf('me@home@1.5')).toEqual({ name: 'me@home', weight: 1.5 });
});
