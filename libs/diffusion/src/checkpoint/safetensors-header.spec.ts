import { expect, test } from 'vitest';
import { parseSafetensorsHeader } from './safetensors-header.js';

const encode = (header: unknown) => new TextEncoder().encode(JSON.stringify(header));
const tensor = (begin: number, end: number, shape = [(end - begin) / 4], dtype = 'F32') => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

function parse(header: unknown, dataBytes: number) {
  const bytes = encode(header);
  return parseSafetensorsHeader(bytes, 8 + bytes.length + dataBytes, 'm.safetensors');
}

test('places tensors in the file, whatever their order in the header', () => {
  const header = {
    __metadata__: { format: 'pt' },
    b: tensor(8, 16),
    a: tensor(0, 8, [2, 1]),
    scalar: tensor(16, 20, []),
  };
  const start = 8 + encode(header).length;
  const { tensors, metadata } = parse(header, 20);
  expect(metadata).toEqual({ format: 'pt' });
  expect(tensors.get('a')).toEqual({ type: 'F32', shape: [2, 1], offset: start, byteLength: 8 });
  expect(tensors.get('b')?.offset).toBe(start + 8);
  expect(tensors.get('scalar')?.byteLength).toBe(4);
});

test.each([
  ['an unknown type', { a: tensor(0, 8, [2], 'F33') }, 8, /"a" has element type "F33"; known are .*BF16/],
  ['a negative size', { a: tensor(0, 8, [-2]) }, 8, /"a" has shape \[-2\]/],
  ['a fractional size', { a: tensor(0, 8, [1.5]) }, 8, /"a" has shape \[1.5\]/],
  ['a missing offset', { a: { dtype: 'F32', shape: [2], data_offsets: [0] } }, 8, /"a" has data_offsets \[0\]/],
  ['an entry that is null', { a: null }, 0, /"a" has element type undefined/],
  ['a shape that lies', { a: tensor(0, 8, [3]) }, 8, /"a" of shape \[3\] in F32 takes 12 bytes, but 8 are given/],
  ['a shape beyond all integers', { a: tensor(0, 8, [2 ** 40, 2 ** 40]) }, 8, /"a" of shape .* takes .* bytes/],
  ['a file that is cut off', { a: tensor(0, 8) }, 7, /"a" ends at byte \d+, but the file has only \d+/],
  ['an overlap', { a: tensor(0, 8), b: tensor(4, 12) }, 12, /"b" overlaps/],
  ['a gap', { a: tensor(0, 8), b: tensor(12, 16) }, 16, /"b" leaves a gap of 4 bytes/],
  ['bytes that belong to nothing', { a: tensor(0, 8) }, 9, /1 bytes follow its last tensor/],
  ['metadata that is no text', { __metadata__: { n: 1 } }, 0, /"__metadata__" is no map of texts/],
  ['a list', [1], 0, /not a JSON object/],
])('refuses %s', (_, header, dataBytes, message) => {
  expect(() => parse(header, dataBytes)).toThrow(message);
});

test('refuses what is not JSON', () => {
  expect(() => parseSafetensorsHeader(Uint8Array.of(0xff, 0xfe), 10, 'm.safetensors')).toThrow(
    'm.safetensors is no safetensors file: its header is not JSON.',
  );
});

test('refuses a shape that is nested without end, in a short sentence', () => {
  const deep = '['.repeat(200_000) + ']'.repeat(200_000);
  const header = new TextEncoder().encode(`{"a":{"dtype":"F32","shape":${deep},"data_offsets":[0,4]}}`);
  expect(() => parseSafetensorsHeader(header, 8 + header.length + 4, 'm.safetensors')).toThrow(
    'm.safetensors is damaged: tensor "a" has shape [[…]], which is no list of sizes.',
  );
});
