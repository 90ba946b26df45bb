import { describe, expect, test } from 'vitest';
import { BertTokenizer } from './bert-tokenizer.js';

const VOCABULARY = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'a', 'cat', '##s', '##ing', 'paint', '-', '!', 'cafe'];
const tokenizer = new BertTokenizer(VOCABULARY, { lowercase: true, stripAccents: null });

describe('a text', () => {
  test.each([
    ['in words and pieces of words', 'A cats painting', ['a', 'cat', '##s', 'paint', '##ing']],
    ['with marks of their own', 'cat-cat!', ['cat', '-', 'cat', '!']],
    ['in small letters without accents', 'CAFÉ', ['cafe']],
    ['of words that are not known', 'a dog', ['a', '[UNK]']],
    ['of nothing', '', []],
  ])('%s', (_, text, pieces) => {
    const ids = ['[CLS]', ...pieces, '[SEP]'].map((piece) => VOCABULARY.indexOf(piece));
    expect(tokenizer.encode(text, 10)).toEqual([...ids, ...new Array<number>(10 - ids.length).fill(0)]);
  });

  test('is cut to its length, the end token being the last', () => {
    expect(tokenizer.encode('a a a a a a', 4)).toEqual([2, 4, 4, 3]);
  });
});

test('a vocabulary without the special tokens is refused', () => {
  expect(() => new BertTokenizer(['a'], { lowercase: true, stripAccents: null })).toThrow('lacks the token "[PAD]"');
});
