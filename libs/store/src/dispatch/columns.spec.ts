import { describe, expect, it } from 'vitest';
import { cleanJson, cleanText, columnsOf } from './columns.js';

describe('what PostgreSQL cannot store', () => {
  it('NUL and half surrogate pairs become the replacement character, whole pairs stay', () => {
    expect(cleanText('a\0b')).toBe('a\ufffdb');
    expect(cleanText('\ud800x\udc00')).toBe('\ufffdx\ufffd');
    expect(cleanText('🖼 ü')).toBe('🖼 ü');
  });

  it('in JSON too, however deep, and a written-out escape stays what it is', () => {
    expect(JSON.parse(cleanJson({ a: ['\0', { b: '\ud800' }], c: '\\u0000', d: 1 }))).toEqual({
      a: ['\ufffd', { b: '\ufffd' }],
      c: '\\u0000',
      d: 1,
    });
  });
});

it('columnsOf turns rows into one array per column', () => {
  const rows = [
    { name: 'a\0', size: 1 },
    { name: 'b', size: null },
  ];
  expect(
    columnsOf(
      rows,
      (row) => row.name,
      (row) => row.size,
    ),
  ).toEqual([
    ['a\ufffd', 'b'],
    [1, null],
  ]);
});
