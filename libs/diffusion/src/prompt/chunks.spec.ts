import { describe, expect, test } from 'vitest';
import { chunkPrompt, padChunks } from './chunks.js';
import { emphasize } from './emphasis.js';
import { parseWeightedPrompt } from './weighted-prompt.js';

const [START, END, PAD, COMMA] = [1, 2, 0, 3];

/** A tokenizer of one id per word, 10 and up by the words' lengths, and one for each comma. */
const contentIds = (text: string) =>
  (text.match(/[^\s,]+|,/g) ?? []).map((word) => (word === ',' ? COMMA : 10 + word.length));
/** A word of four ids that belong together. */
const LONG = [90, 91, 92, 93];
const TOKENIZER = {
  startId: START,
  endId: END,
  padId: PAD,
  maxLength: 77,
  contentIds,
  pieces: (text: string) => contentIds(text.replace('long', 'l'.repeat(20))).map((id) => (id === 30 ? LONG : [id])),
};
const chunk = (prompt: string) => chunkPrompt(parseWeightedPrompt(prompt), TOKENIZER);
const words = (count: number, word = 'a') => Array(count).fill(word).join(' ');
const content = ({ ids }: { ids: number[] }) => ids.slice(1, ids.indexOf(END));

describe('chunkPrompt', () => {
  test('puts a short prompt between start and end, padded', () => {
    const [only, ...others] = chunk('a bb');
    expect(others).toEqual([]);
    expect(only!.ids).toEqual([START, 11, 12, END, ...Array(73).fill(PAD)]);
    expect(only!.weights).toEqual(Array(77).fill(1));
  });

  test('makes one chunk of an empty prompt', () => {
    expect(chunk('')).toHaveLength(1);
  });

  test('fills a chunk with 75 words and goes on in the next', () => {
    expect(chunk(words(75))).toHaveLength(1);
    expect(chunk(words(76)).map((c) => content(c).length)).toEqual([75, 1]);
    expect(chunk(words(76)).every(({ ids, weights }) => ids.length === 77 && weights.length === 77)).toBe(true);
  });

  test('keeps the ids of an added word together', () => {
    const chunks = chunk(`${words(71)} long`);
    expect(chunks).toHaveLength(1);
    const [first, second] = chunk(`${words(72)} long a`);
    expect(content(first!)).toHaveLength(72);
    expect(content(second!)).toEqual([...LONG, 11]);
  });

  test('ends a full chunk at a comma that is near', () => {
    const chunks = chunk(`${words(60)}, ${words(20)}`);
    expect(chunks.map((c) => content(c).length)).toEqual([61, 20]);
  });

  test('does not look for a comma far back', () => {
    const chunks = chunk(`${words(40)}, ${words(50)}`);
    expect(chunks.map((c) => content(c).length)).toEqual([75, 16]);
  });

  test('ends a chunk at BREAK', () => {
    expect(chunk('a bb BREAK ccc').map(content)).toEqual([[11, 12], [13]]);
  });

  test('gives every token the weight of its text, over the end of a chunk too', () => {
    const chunks = chunk(`${words(74)} (${words(2, 'bb')}:1.5)`);
    expect(chunks[0]!.weights.slice(74, 77)).toEqual([1, 1.5, 1]);
    expect(chunks[1]!.weights.slice(0, 3)).toEqual([1, 1.5, 1]);
  });

  test('is padded with empty chunks to the length of another prompt', () => {
    const chunks = padChunks(chunk('a'), 3, TOKENIZER);
    expect(chunks).toHaveLength(3);
    expect(chunks[2]!.ids).toEqual([START, END, ...Array(75).fill(PAD)]);
    expect(padChunks(chunks, 1, TOKENIZER)).toHaveLength(3);
  });
});

describe('emphasize', () => {
  const embeddings = Float32Array.of(1, 2, 3, 6);

  test('leaves embeddings of weight 1 as they are', () => {
    expect(emphasize(embeddings, [1, 1])).toBe(embeddings);
  });

  test('shifts strength to a token and keeps the mean', () => {
    const result = emphasize(embeddings, [2, 1]);
    // Weighted 2 4 3 6, of mean 15/4; restored to 12/4.
    [1.6, 3.2, 2.4, 4.8].forEach((value, i) => expect(result[i]).toBeCloseTo(value, 6));
  });

  test('stays finite where nothing is left', () => {
    expect([...emphasize(embeddings, [0, 0])]).toEqual([0, 0, 0, 0]);
  });
});
