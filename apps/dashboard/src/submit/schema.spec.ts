import { describe, expect, it } from 'vitest';
import { aboutAt, formOf, keysAt, pathAt, valuesAt, type Schema } from './schema.js';

const schema: Schema = {
  type: 'object',
  properties: {
    sampler: { type: 'string', enum: ['ddim', 'euler'], description: 'The method.' },
    loras: {
      type: 'array',
      items: { type: 'object', properties: { name: { type: 'string' }, weight: { type: 'number' } } },
    },
    matrix: {
      type: 'object',
      properties: { seed: { anyOf: [{ type: 'array' }, { type: 'object', properties: { from: {}, count: {} } }] } },
    },
    reproducible: { type: 'boolean' },
  },
};
const keys = (...path: string[]) => keysAt(schema, path).map(({ key }) => key);

it('says in which form a field is filled in', () => {
  expect(formOf({ type: 'number', minimum: 0, maximum: 1 })).toEqual({ form: 'number', minimum: 0, maximum: 1 });
  expect(formOf({ type: 'boolean' }).form).toBe('flag');
  expect(formOf({ enum: ['gif', 'mp4'] })).toEqual({ form: 'choice', of: ['gif', 'mp4'] });
  expect(formOf({ anyOf: [{ type: 'string' }, { type: 'integer' }] }).form).toBe('text');
  expect(formOf({ type: 'array', items: { type: 'string' } }).form).toBe('words');
  const group = { type: 'object', properties: { model: { type: 'string' } }, required: ['model'] };
  expect(formOf(group)).toEqual({ form: 'group', properties: group.properties, required: ['model'] });
  expect(formOf({ type: 'array', items: group }).form).toBe('groups');
});

describe('the schema', () => {
  it('knows the keys at every depth, in lists and alternatives too', () => {
    expect(keys()).toEqual(['sampler', 'loras', 'matrix', 'reproducible']);
    expect(keys('loras')).toEqual(['name', 'weight']);
    expect(keys('matrix', 'seed')).toEqual(['from', 'count']);
    expect(keys('nothing')).toEqual([]);
  });

  it('knows values and meanings', () => {
    expect(valuesAt(schema, ['sampler'])).toEqual(['ddim', 'euler']);
    expect(valuesAt(schema, ['reproducible'])).toEqual(['true', 'false']);
    expect(aboutAt(schema, ['sampler'])).toBe('The method.');
  });
});

describe('the place in a text', () => {
  const lines = ['kind: Batch', 'loras:', '  - name: lcm', '    wei', 'matrix:', '  seed:', '    from: 1', '  '];
  it.each([
    [0, 4, [], 'kind'],
    [2, 6, ['loras'], 'name'],
    [3, 7, ['loras'], null],
    [6, 8, ['matrix', 'seed'], 'from'],
    [7, 2, ['matrix'], null],
  ] as const)('of line %i', (line, column, above, key) => expect(pathAt(lines, line, column)).toEqual({ above, key }));
});
