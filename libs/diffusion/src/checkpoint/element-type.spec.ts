import { expect, test } from 'vitest';
import { decodeElements } from './element-type.js';

const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer);

test('decodes 16-bit floats', () => {
  const half = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7c00, 0x7bff, 0x8000);
  expect([...(decodeElements('F16', bytesOf(half)) as Float32Array)]).toEqual([1, -2, 2 ** -24, Infinity, 65504, -0]);
  const brain = Uint16Array.of(0x3f80, 0xc000, 0x7f80);
  expect([...(decodeElements('BF16', bytesOf(brain)) as Float32Array)]).toEqual([1, -2, Infinity]);
});

test('decodes integers of 64 bits as numbers', () => {
  expect(decodeElements('I64', bytesOf(BigInt64Array.of(-5n, 7n)))).toEqual([-5, 7]);
});

test('decodes from an odd place in memory', () => {
  const memory = new Uint8Array(9);
  memory.set(bytesOf(Float32Array.of(1.5, 2.5)), 1);
  expect([...(decodeElements('F32', memory.subarray(1)) as Float32Array)]).toEqual([1.5, 2.5]);
});
