import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { WeightsInMemory } from './weights-in-memory.js';

let folder: string;
let available: number;
let weights: WeightsInMemory;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-weights-'));
  for (const name of ['a', 'b', 'c', 'lora'])
    await writeFile(join(folder, name), Buffer.alloc(name === 'lora' ? 1 : 100));
  available = 500;
  weights = new WeightsInMemory(
    (name) => (name === 'unknown' ? undefined : join(folder, name)),
    () => available,
  );
  return () => rm(folder, { recursive: true });
});

test('what was read last is in memory, as far as half of it has room', async () => {
  for (const name of ['a', 'b', 'c']) await weights.note(`key ${name}`, [name]);
  expect(weights.keys).toEqual(['key b', 'key c']);
  await weights.note('key b', ['b']);
  await weights.note('key a', ['a']);
  expect(weights.keys).toEqual(['key b', 'key a']);
  expect([weights.has(['a', 'b']), weights.has(['a', 'c'])]).toEqual([true, false]);
});

test('a key is there when all of its models are', async () => {
  await weights.note('key a', ['a']);
  await weights.note('key a lora', ['a', 'lora']);
  expect(weights.keys).toEqual(['key a', 'key a lora']);
  available = 250;
  await weights.note('key b', ['b']);
  expect(weights.keys).toEqual(['key b']);
});

test('what cannot be found is not there, and who listens is told of what changes alone', async () => {
  let told = 0;
  weights.on('changed', () => told++);
  await weights.note('key a', ['a']);
  await weights.note('key a', ['a']);
  await weights.note('none', ['unknown']);
  await weights.note('lost', ['d']);
  expect([weights.keys, told]).toEqual([['key a'], 1]);
});
