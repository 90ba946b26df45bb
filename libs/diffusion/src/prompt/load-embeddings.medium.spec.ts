import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadEmbeddings } from './load-embeddings.js';

const sd1 = [{ name: 'text_encoder', vocabulary: 100, width: 4 }];
const sdxl = [...sd1, { name: 'text_encoder_2', vocabulary: 100, width: 6 }];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-embeddings-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Writes a file of float32 tensors that are zeros. */
async function file(name: string, shapes: Record<string, number[]>): Promise<string> {
  let end = 0;
  const header = Object.entries(shapes).map(([key, shape]) => {
    const begin = end;
    end += shape.reduce((product, size) => product * size, 4);
    return [key, { dtype: 'F32', shape, data_offsets: [begin, end] }];
  });
  const text = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const path = join(folder, name);
  await writeFile(path, Buffer.concat([length, text, Buffer.alloc(end)]));
  return path;
}

test('words get the ids behind the vocabulary, in the order of the requests', async () => {
  const toy = await file('toy.safetensors', { '<cat-toy>': [4] });
  const style = await file('style.safetensors', { emb_params: [3, 4] });
  const { added, warnings } = await loadEmbeddings([{ path: toy }, { path: style }], sd1);
  expect(added.text_encoder!.words).toEqual([
    { text: '<cat-toy>', ids: [100] },
    { text: 'style', ids: [101, 102, 103] },
  ]);
  expect(warnings).toEqual([]);
});

test('an embedding of SDXL has vectors for each encoder', async () => {
  const path = await file('xl.safetensors', { clip_l: [2, 4], clip_g: [1, 6] });
  const { added } = await loadEmbeddings([{ path, token: 'xlstyle' }], sdxl);
  expect(added.text_encoder!.words).toEqual([{ text: 'xlstyle', ids: [100, 101] }]);
  expect(added.text_encoder_2!.words).toEqual([{ text: 'xlstyle', ids: [100] }]);
});

test('an encoder without vectors is told of', async () => {
  const path = await file('half.safetensors', { emb_params: [1, 6] });
  const { added, warnings } = await loadEmbeddings([{ path }], sdxl);
  expect(added.text_encoder!.words).toEqual([]);
  expect(warnings).toEqual([
    `The textual inversion ${path} has no vectors for text_encoder, which reads its word as text.`,
  ]);
});

test.each<[string, Record<string, number[]>, string | undefined, RegExp]>([
  [
    'of another architecture',
    { emb_params: [1, 5] },
    undefined,
    /another architecture: its vectors have 5 numbers, .* take 4 \(text_encoder\)/,
  ],
  [
    'of too many vectors',
    { emb_params: [76, 4] },
    undefined,
    /shape \[76, 4\]; a textual inversion has 1 to 75 vectors/,
  ],
  ['that is something else', { a: [4], b: [4] }, undefined, /is no textual inversion: of its 2 tensors/],
  ['of a word without letters', { emb_params: [1, 4] }, ' ', /The word " " of the textual inversion/],
])('refuses one %s', async (_, shapes, token, sentence) => {
  const path = await file('refused.safetensors', shapes);
  await expect(loadEmbeddings([{ path, token }], sd1)).rejects.toThrow(sentence);
});

test('refuses two of one word', async () => {
  const path = await file('twice.safetensors', { emb_params: [1, 4] });
  await expect(loadEmbeddings([{ path }, { path, token: 'Twice' }], sd1)).rejects.toThrow(/Two textual inversions/);
});
