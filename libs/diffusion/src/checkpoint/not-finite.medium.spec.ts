import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeSafetensors } from './import/write-safetensors.js';
import { findNotFinite } from './not-finite.js';
import { openWeightFile } from './weight-files.js';

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'atelier-not-finite-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

const bytes = (values: { buffer: ArrayBufferLike }) => new Uint8Array(values.buffer);
const largest = { F16: 0x7bff, BF16: 0x7f7f };

test.each([
  ['F16', 3_000_000, bytes(Uint16Array.from({ length: 3_000_000 }, (_, i) => (i === 2_999_999 ? 0xfc00 : 0x7bff)))],
  ['BF16', 2, bytes(Uint16Array.of(largest.BF16, 0x7fc0))],
  ['F32', 2, bytes(Float32Array.of(3e38, NaN))],
  ['F64', 2, bytes(Float64Array.of(1e300, -Infinity))],
] as const)('finds a tensor in %s with a value that is not finite', async (type, length, data) => {
  const path = join(scratch, `${type}.safetensors`);
  const finite = { name: 'a.weight', type: 'F16', shape: [2] } as const;
  const tensors = [
    { ...finite, read: () => [bytes(Uint16Array.of(largest.F16, 0))] },
    { name: 'b.weight', type, shape: [length], read: () => [data] },
  ];
  await writeSafetensors(path, tensors, {}, true);
  const weights = await openWeightFile(path);
  expect(await findNotFinite(weights.tensors.values())).toMatchObject({ tensor: 'b.weight' });
  expect(await findNotFinite([weights.tensors.get('a.weight')!])).toBeUndefined();
});
