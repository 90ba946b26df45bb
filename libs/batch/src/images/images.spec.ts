import { expect, test } from 'vitest';
import { checkBatch } from '../document/parse.js';
import { references } from '../expansion/references.js';
import { readPromptTable } from '../prompts/table.js';
import { readDataUri } from './data-uri.js';
import { imagesOf, withImages, withTableImages } from './images.js';

const table = readPromptTable(Buffer.from('prompt,initImage,mask\na, one.png ,\nb,two.png,m.png\n'), 'p.csv');
const batch = checkBatch({
  kind: 'Batch',
  model: 'a',
  promptsFile: { file: 'p.csv' },
  initImage: 'top.png',
  depthMap: 'far.png',
  control: [{ model: 'c', image: 'edges.png', scale: 0.5 }],
  matrix: {
    seed: { from: 1, count: 2 },
    mask: ['m.png', 'n.png'],
    steps: [4],
    include: [{ initImage: 'top.png', mask: 'm.png' }],
  },
});

test('images stand at the top, in controls, in the matrix and in columns', () => {
  expect(imagesOf(batch, table)).toEqual([
    { name: 'top.png', place: 'initImage' },
    { name: 'far.png', place: 'depthMap' },
    { name: 'edges.png', place: 'control[0].image' },
    { name: 'm.png', place: 'matrix.mask[0]' },
    { name: 'n.png', place: 'matrix.mask[1]' },
    { name: 'top.png', place: 'matrix.include[0].initImage' },
    { name: 'm.png', place: 'matrix.include[0].mask' },
    { name: 'one.png', place: 'p.csv line 2, column initImage' },
    { name: 'two.png', place: 'p.csv line 3, column initImage' },
    { name: 'm.png', place: 'p.csv line 3, column mask' },
  ]);
  expect(references(batch, table).images.map(({ name }) => name)).toEqual([
    ...['top.png', 'far.png', 'edges.png', 'm.png', 'n.png', 'one.png', 'two.png'],
  ]);
});

test('other names take their places, and the axes keep their order', () => {
  const renamed = withImages(batch, (name) => `hash of ${name}`);
  expect(imagesOf(renamed).map(({ name }) => name)).toEqual(imagesOf(batch).map(({ name }) => `hash of ${name}`));
  expect(Object.keys(renamed.matrix!)).toEqual(['seed', 'mask', 'steps', 'include']);
  expect(renamed.control![0]).toMatchObject({ model: 'c', scale: 0.5 });
  expect(withTableImages(table, undefined, (name) => `hash of ${name}`).rows.map(({ cells }) => cells)).toEqual([
    { prompt: 'a', initImage: 'hash of one.png' },
    { prompt: 'b', initImage: 'hash of two.png', mask: 'hash of m.png' },
  ]);
});

test('a data URI is its content, within a bound', () => {
  const uri = `data:image/png;base64,${Buffer.from('picture').toString('base64')}`;
  expect(readDataUri(uri, 'mask')).toEqual({ mediaType: 'image/png', bytes: Buffer.from('picture') });
  for (const other of ['data:text/html;base64,aaaa', 'data:image/png,aaaa', 'data:image/png;base64,*', 'data:'])
    expect(() => readDataUri(other, 'mask')).toThrow('mask is a data URI that is not read here');
  expect(() => readDataUri(`data:image/png;base64,${'a'.repeat(2e7)}`, 'mask')).toThrow('more than 8388608 bytes');
});

test('images of IP-Adapters are found and renamed, the rest of them stays', () => {
  const ipAdapters = [{ model: 'like', encoder: 'seer', image: 'style.png', scale: 0.5 }];
  const like = checkBatch({ kind: 'Batch', model: 'a', prompts: ['x'], ipAdapters });
  expect(imagesOf(like)).toEqual([{ name: 'style.png', place: 'ipAdapters[0].image' }]);
  const [renamed] = withImages(like, (name) => `hash of ${name}`).ipAdapters!;
  expect(renamed).toEqual({ ...ipAdapters[0], image: 'hash of style.png' });
  expect(references(like)).toMatchObject({ ipAdapters: ['like'], imageEncoders: ['seer'] });
});
