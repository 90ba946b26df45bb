import { describe, expect, it } from 'vitest';
import { checkBatch } from '../document/parse.js';
import { expand } from '../expansion/expand.js';
import { resolved } from '../expansion/resolved.fixture.js';

const names = (name: string | undefined, document: Record<string, unknown> = {}) => {
  const batch = checkBatch({
    kind: 'Batch',
    model: 'postcard',
    prompts: ['a', 'b'],
    ...document,
    output: name ? { name } : {},
  });
  const { total, fileName } = expand(batch, resolved());
  return Array.from({ length: total }, (_, i) => fileName(i));
};
const matrix = { steps: [4, 8], seed: [1, 11] };

describe('file names', () => {
  it('have the padded index and the seed unless output.name says otherwise', () => {
    expect(names(undefined)).toEqual(['0000-7.png', '0001-8.png']);
  });

  it('are padded to the last index', () => {
    expect(names('{index}', { prompts: ['a'], matrix: { seed: { from: 0, count: 20_000 } } })[9]).toBe('00009.png');
  });

  it('tell what the fields ask for', () => {
    const document = {
      name: 'harbour',
      prompts: ['a'],
      size: '64x72',
      matrix: { sampler: ['DPM++ 2M Karras'], guidance: [1.5], loras: [[{ name: 'ink', weight: 0.5 }]] },
    };
    expect(names('{job} {model} {size} {sampler} {guidance} {loras} {promptIndex}', document)).toEqual([
      'harbour postcard 64x72 dpmpp_2m_karras 1.5 ink@0.5 0.png',
    ]);
  });

  it.each([
    ['{seed}', {}],
    ['{promptIndex}-{steps}-{seed}', { matrix }],
    ['{seed}{index}', { matrix }],
    ['{index}{seed}{steps}', { matrix }],
    ['x', { prompts: ['a'] }],
    ['{promptIndex}-{steps}-{seed}', { matrix: { ...matrix, include: [{ steps: 5, seed: 3 }] } }],
  ])('%j may name %j', (name, document) => {
    const made = names(name, document);
    expect(new Set(made).size).toBe(made.length);
  });

  it.each([
    ['x', {}, /pictures that differ only in their prompt the same name; put \{promptIndex\} or \{index\} into it/],
    ['{promptIndex}-{seed}', { matrix }, /differ only in steps the same name/],
    ['{promptIndex}-{steps}', { matrix }, /differ only in seed the same name/],
    ['{seed}', { matrix }, /differ only in their prompt and steps the same name/],
    ['{promptIndex}-{seed}{steps}', { matrix }, /fields that run into each other/],
    ['{promptIndex}-{model}', { matrix: { model: ['a', 'b=a'] } }, /writes the values "a" and "b=a" of model alike/],
    [
      '{model}-{vae}',
      { prompts: ['a'], matrix: { model: ['a', 'a-b'], vae: ['b-c', 'c'] } },
      /fields that run into each other/,
    ],
    [
      '{promptIndex}-{steps}',
      {
        steps: 4,
        matrix: {
          steps: [4],
          include: [
            { steps: 5, guidance: 1 },
            { steps: 5, guidance: 2 },
          ],
        },
      },
      /included combination .* the name of another/,
    ],
    [
      '{promptIndex}-{model}',
      { matrix: { model: ['a'], include: [{ model: 'b=a', steps: 3 }] } },
      /included combination .* the name of another/,
    ],
  ])('%j cannot name %j', (name, document, message) => {
    expect(() => names(name, document)).toThrow(message);
  });

  it.each(['../{index}', '{index}/{seed}', String.raw`a\{index}`, 'a:{index}', '{index}-{job}'])(
    '%j does not fit a file',
    (name) => {
      expect(() => names(name, { name: 'a/b' })).toThrow(/^output.name would make the file .* may not contain/);
    },
  );

  it('that are too long are refused', () => {
    expect(() => names(`{index}${'x'.repeat(250)}`)).toThrow(/more than 240 bytes/);
  });
});
