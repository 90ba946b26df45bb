import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClipTokenizer } from './tokenizer.js';

// A small vocabulary: the pieces of "cat" and the letters that the other texts need.
const PIECES = [
  '!',
  'a',
  'c',
  't',
  's',
  "'",
  '!</w>',
  'a</w>',
  'c</w>',
  't</w>',
  's</w>',
  "'</w>",
  'ca',
  'cat</w>',
  "'s</w>",
];
const VOCABULARY = {
  vocab: Object.fromEntries([...PIECES, '<|startoftext|>', '<|endoftext|>'].map((piece, id) => [piece, id])),
  merges: ['c a', 'ca t</w>', "' s</w>"],
};
const [START, END] = [15, 16];
const id = (piece: string) => PIECES.indexOf(piece);

describe('ids', () => {
  const tokenizer = new ClipTokenizer(VOCABULARY);

  test.each([
    ['', []],
    ['cat', [id('cat</w>')]],
    ['  CAT \n Cat ', [id('cat</w>'), id('cat</w>')]],
    ["cat's", [id('cat</w>'), id("'s</w>")]],
    ['cat!', [id('cat</w>'), id('!</w>')]],
    ['a<|endoftext|>a', [id('a</w>'), END, id('a</w>')]],
  ])('of %j', (text, content) => {
    expect(tokenizer.ids(text)).toEqual([START, ...content, END]);
    expect(tokenizer.contentIds(text)).toEqual(content);
  });

  test('cut out a padding token that is a word piece', () => {
    const padded = new ClipTokenizer(VOCABULARY, '!');
    expect(padded.contentIds('cat!')).toEqual([id('cat</w>'), id('!')]);
  });
});

describe('encode', () => {
  test('pads to 77 with the end token, or with another', () => {
    expect(new ClipTokenizer(VOCABULARY).encode('a')).toEqual([START, id('a</w>'), END, ...Array(74).fill(END)]);
    expect(new ClipTokenizer(VOCABULARY, '!').encode('a').slice(2)).toEqual([END, ...Array(74).fill(0)]);
  });

  test('cuts to 77 and keeps the end token', () => {
    const ids = new ClipTokenizer(VOCABULARY).encode('cat '.repeat(100));
    expect(ids).toHaveLength(77);
    expect(ids.at(-1)).toBe(END);
    expect(ids.at(-2)).toBe(id('cat</w>'));
  });
});

test('refuses a vocabulary without its special tokens', () => {
  expect(() => new ClipTokenizer({ vocab: { a: 0 }, merges: [] })).toThrow('lacks the token "<|startoftext|>"');
});

describe('fromFolder', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tokenizer-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('says what a folder without a tokenizer lacks', async () => {
    await expect(ClipTokenizer.fromFolder(folder)).rejects.toThrow(/vocab\.json and merges\.txt, or tokenizer\.json/);
  });

  test('reads tokenizer.json, and the padding token beside it', async () => {
    const merges = VOCABULARY.merges.map((pair) => pair.split(' '));
    await writeFile(join(folder, 'tokenizer.json'), JSON.stringify({ model: { ...VOCABULARY, merges } }));
    await writeFile(join(folder, 'special_tokens_map.json'), JSON.stringify({ pad_token: { content: '!' } }));
    const tokenizer = await ClipTokenizer.fromFolder(folder);
    expect(tokenizer.padId).toBe(0);
    expect(tokenizer.contentIds('cat')).toEqual([id('cat</w>')]);
  });

  test('prefers vocab.json and merges.txt', async () => {
    await writeFile(join(folder, 'vocab.json'), JSON.stringify(VOCABULARY.vocab));
    await writeFile(join(folder, 'merges.txt'), ['#version: 0.2', ...VOCABULARY.merges].join('\n'));
    const tokenizer = await ClipTokenizer.fromFolder(folder);
    expect(tokenizer.contentIds("cat's")).toEqual([id('cat</w>'), id("'s</w>")]);
  });

  test('names a file that is broken', async () => {
    await writeFile(join(folder, 'vocab.json'), '{');
    await expect(ClipTokenizer.fromFolder(folder)).rejects.toThrow(/vocab\.json is not JSON\./);
  });
});
