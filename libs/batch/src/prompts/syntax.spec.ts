import { describe, expect, it } from 'vitest';
import { hasWeights, refuseUnsupportedSyntax, separateLoras } from './syntax.js';

describe('LoRA tags', () => {
  it('move out of the prompt', () => {
    expect(separateLoras('a house <lora:ink:0.8>, <lora:fog> at night<lora:x y:-1>')).toEqual({
      text: 'a house ,  at night',
      loras: [
        { name: 'ink', weight: 0.8 },
        { name: 'fog', weight: 1 },
        { name: 'x y', weight: -1 },
      ],
    });
  });
});

describe('syntax that this version does not know', () => {
  it.each([
    '<hypernet:a:1>',
    '<lora:a:b:c>',
    '<lora:a:loud>',
    'a [cat:dog:0.5]',
    'a [cat:0.5]',
    'a [cat|dog]',
    '(a:1.2.3)',
    'a cat AND a dog',
    'a __colour__ cat',
    'embedding:bad-hands',
  ])('%j is refused', (prompt) => {
    expect(() => refuseUnsupportedSyntax(prompt, () => 'prompts[0]')).toThrow(
      /^prompts\[0\] contains .* promptSyntax: plain/,
    );
  });

  it.each([
    'a house <lora:ink:0.8>',
    'farm animals (cows, sheep, and pigs)',
    'a (red:1.2) house',
    '((more)) and [less] BREAK [[much less]]',
    String.raw`\[sic|k\] \(\(`,
    'I <3 you, and 5 < 7',
    'BRAND new, BREAKFAST',
  ])('%j is taken', (prompt) => {
    expect(() => refuseUnsupportedSyntax(prompt, () => 'prompts[0]')).not.toThrow();
  });

  it('is refused in negative prompts together with LoRA tags', () => {
    expect(() => refuseUnsupportedSyntax('<lora:ink:1>', () => 'negative', { loras: false })).toThrow(
      /^negative contains/,
    );
  });
});

it.each([
  ['a (red:1.2) house', true],
  [String.raw`a \(plain\) house`, true],
  ['cows (and pigs)', true],
  ['[less]', true],
  ['a cat BREAK a dog', true],
  ['BREAKFAST at 3:2', false],
])('%j needs weights: %j', (text, expected) => {
  expect(hasWeights(text)).toBe(expected);
});
