import { describe, expect, test } from 'vitest';
import { parseWeightedPrompt } from './weighted-prompt.js';

/** Texts with their weights, rounded; a chunk's first text is marked. */
function parse(prompt: string): [string, number][] {
  return parseWeightedPrompt(prompt).map(({ text, weight, breakBefore }) => [
    breakBefore ? `BREAK ${text}` : text,
    Number(weight.toFixed(4)),
  ]);
}

describe('weights', () => {
  test.each<[string, [string, number][]]>([
    ['', [['', 1]]],
    ['a plain prompt', [['a plain prompt', 1]]],
    [
      'an (important) word',
      [
        ['an ', 1],
        ['important', 1.1],
        [' word', 1],
      ],
    ],
    ['(unclosed', [['unclosed', 1.1]]],
    ['unopened)', [['unopened)', 1]]],
    ['((twice))', [['twice', 1.21]]],
    ['[less]', [['less', 0.9091]]],
    ['[[much less]]', [['much less', 0.8264]]],
    ['(x:1.2)', [['x', 1.2]]],
    ['(x: -0.5 )', [['x', -0.5]]],
    [
      '((a:1.5) b)',
      [
        ['a', 1.65],
        [' b', 1.1],
      ],
    ],
    ['([a])', [['a', 1]]],
    ['a:1.2)', [['a:1.2)', 1]]],
    ['ratio 3:2', [['ratio 3:2', 1]]],
    [String.raw`\(literal\) \[too\]`, [['(literal) [too]', 1]]],
    [String.raw`a \ b`, [[String.raw`a \ b`, 1]]],
    ['(red:1.3)(blue:1.3)', [['redblue', 1.3]]],
  ])('of %j', (prompt, texts) => {
    expect(parse(prompt)).toEqual(texts);
  });
});

describe('BREAK', () => {
  test('begins a new chunk', () => {
    expect(parse('a BREAK b')).toEqual([
      ['a', 1],
      ['BREAK b', 1],
    ]);
  });

  test('works within brackets', () => {
    expect(parse('(a BREAK b)')).toEqual([
      ['a', 1.1],
      ['BREAK b', 1.1],
    ]);
  });

  test('is a word of its own', () => {
    expect(parse('BREAKFAST')).toEqual([['BREAKFAST', 1]]);
  });
});

describe('refuses', () => {
  test.each([
    ['a cat AND a dog', /composed with AND.*"AND"/],
    ['a [cat|dog]', /\[cat\|dog\]/],
    ['a [cat:dog:0.5]', /\[cat:dog:0\.5\]/],
    ['a <hypernet:x:1>', /<hypernet:x:1>/],
    ['(a:1.2.3)', /"1\.2\.3" is not a number/],
  ])('%s', (prompt, message) => {
    expect(() => parseWeightedPrompt(prompt)).toThrow(message);
  });

  test.each(['a | b', 'sand AND'.toLowerCase(), String.raw`\[a|b\]`, 'a < b'])('but not %s', (prompt) => {
    expect(() => parseWeightedPrompt(prompt)).not.toThrow();
  });
});
