import { describe, expect, it } from 'vitest';
import { indexAt, literal, parseTemplate, positionsAt, textAt } from './template.js';

const all = (text: string) => {
  const template = parseTemplate(text, 'prompts[0]');
  return Array.from({ length: template.count }, (_, i) => {
    const positions = positionsAt(template, i);
    expect(indexAt(template, positions)).toBe(i);
    return textAt(template, positions);
  });
};

describe('a prompt with braces', () => {
  it('is one prompt per combination, the last choice the fastest', () => {
    expect(all('a {red|blue} house at {dawn|noon|night}')).toEqual([
      'a red house at dawn',
      'a red house at noon',
      'a red house at night',
      'a blue house at dawn',
      'a blue house at noon',
      'a blue house at night',
    ]);
  });

  it('may choose nothing', () => {
    expect(all('{|red }house')).toEqual(['house', 'red house']);
  });

  it('takes escaped braces and bars as text, and leaves other backslashes alone', () => {
    expect(all(String.raw`\{a|b\} {x\|y|z} \(c\) d|e`)).toEqual([
      String.raw`{a|b} x|y \(c\) d|e`,
      String.raw`{a|b} z \(c\) d|e`,
    ]);
  });

  it.each([
    ['a {b', /prompts\[0\] has a \{ without its \}/],
    ['a b}', /has a \} without its \{/],
    ['a {b|{c|d}}', /brace inside braces/],
    ['a {b}', /braces around a single text/],
    ['a {}', /braces around a single text/],
  ])('%j is refused', (text, message) => {
    expect(() => parseTemplate(text, 'prompts[0]')).toThrow(message);
  });

  it('is counted, not listed', () => {
    expect(parseTemplate('{a|b}'.repeat(60), 'prompts[0]').count).toBe(2 ** 60);
  });
});

it('a literal prompt keeps its braces', () => {
  expect(textAt(literal('{a|b}'), [])).toBe('{a|b}');
});
