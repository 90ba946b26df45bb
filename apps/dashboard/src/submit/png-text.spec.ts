import { describe, expect, it } from 'vitest';
import { fieldsOfParameters, readPngTexts } from './png-text.js';

const parameters = `a red house
by the sea
Negative prompt: blurry, dark
Steps: 20, Sampler: Euler a, CFG scale: 7.5, Seed: 42, Size: 128x96, Model hash: abc, Model: postcard, Clip skip: 2`;

function png(...chunks: [type: string, data: string][]): Uint8Array {
  const bytes = [137, 80, 78, 71, 13, 10, 26, 10];
  for (const [type, data] of chunks) {
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, data.length);
    bytes.push(...length, ...Buffer.from(type), ...Buffer.from(data, 'latin1'), 0, 0, 0, 0);
  }
  return Uint8Array.from(bytes);
}

describe('the text in a PNG', () => {
  it('is read from both kinds of chunks', () => {
    const texts = readPngTexts(
      png(['tEXt', 'parameters\0caf\u00e9'], ['iTXt', 'atelier\0\0\0\0\0{"seed":1}'], ['IDAT', 'x']),
    );
    expect([...texts]).toEqual([
      ['parameters', 'caf\u00e9'],
      ['atelier', '{"seed":1}'],
    ]);
  });

  it('is none where there is no PNG, or a broken one', () => {
    expect(readPngTexts(Uint8Array.from([1, 2, 3])).size).toBe(0);
    expect(readPngTexts(png(['tEXt', 'parameters\0x']).subarray(0, 15)).size).toBe(0);
  });
});

describe('parameters', () => {
  it('become the fields of a batch', () =>
    expect(fieldsOfParameters(parameters)).toEqual({
      model: 'postcard',
      sampler: 'Euler a',
      steps: 20,
      guidance: 7.5,
      size: '128x96',
      prompts: ['a red house\nby the sea'],
      negative: 'blurry, dark',
      seed: 42,
      clipSkip: 1,
    }));

  it('may be a prompt alone', () => expect(fieldsOfParameters('a boat')).toEqual({ prompts: ['a boat'] }));
});
