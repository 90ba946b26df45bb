import { describe, expect, it } from 'vitest';
import { batchJsonSchema } from './batch.js';

describe('the JSON schema', () => {
  it('describes every field at the top, and allows no other', () => {
    expect(batchJsonSchema).toMatchObject({ type: 'object', required: ['kind'], additionalProperties: false });
    expect(Object.keys(batchJsonSchema.properties!)).toContain('promptsFile');
    const undocumented = Object.entries(batchJsonSchema.properties!).filter(
      ([key, schema]) => key !== 'kind' && !(schema as { description?: string }).description,
    );
    expect(undocumented.map(([key]) => key)).toEqual([]);
  });
});
