import { describe, expect, it } from 'vitest';
import { placeInText, readBatch, writeField } from './batch-document.js';

const text = `kind: Batch
model: postcard # the small one
steps: 20
prompts:
  - a house
`;

describe('a field', () => {
  it('is changed where it stands, and comments stay', () =>
    expect(writeField(text, ['steps'], 4)).toBe(text.replace('20', '4')));

  it('that is new goes where the format has it', () => {
    expect(writeField(text, ['sampler'], 'lcm')).toContain('one\nsampler: lcm\nsteps');
    expect(writeField(text, ['matrix', 'seed'], { from: 1, count: 3 })).toContain(
      'matrix:\n  seed: { from: 1, count: 3 }\n',
    );
    expect(writeField(text, ['loras'], [{ name: 'lcm', weight: 0.5 }])).toContain('name: lcm');
  });

  it('goes with what it leaves empty', () => {
    const withMatrix = writeField(text, ['matrix', 'seed'], [1, 2]);
    expect(writeField(withMatrix, ['matrix', 'seed'], undefined)).toBe(text);
  });

  it('is not written into a text that cannot be read', () => expect(writeField('a: [', ['steps'], 1)).toBe('a: ['));
});

it('says where a text cannot be read', () => {
  expect(readBatch(text).fields).toMatchObject({ model: 'postcard', steps: 20 });
  expect(readBatch('a: [').fault).toMatchObject({ from: expect.any(Number) });
  expect(readBatch('just words').fields).toBeNull();
  expect(readBatch('').fields).toEqual({});
});

it('finds the place that a fault is about, or the nearest that is there', () => {
  const found = (where: string) => {
    const place = placeInText(text, where);
    return place && text.slice(place.from, place.to);
  };
  expect(found('model')).toBe('postcard');
  expect(found('prompts[0]')).toBe('a house');
  expect(found('steps.deeper')).toBe('20');
  expect(found('nowhere')).toBeNull();
});
