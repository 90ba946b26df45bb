import { resolve } from 'node:path';
import { expand, parseBatch } from '@atelier/batch';
import { expect, test } from 'vitest';
import { MemoryNeeds } from './memory-needs.js';

const sha256 = 'a'.repeat(64);
const path = resolve(import.meta.dirname, '../../../../models/postcard');
const broken = 'c'.repeat(64);
const paths = new Map([
  [sha256, path],
  [broken, resolve(path, 'unet')],
]);
const needs = new MemoryNeeds({
  find: async (_, hash) => (paths.has(hash) ? ({ path: paths.get(hash) } as never) : undefined),
});

function requestOf(change: object) {
  const batch = { kind: 'Batch', model: 'postcard', prompts: ['a red house'], steps: 4, ...change };
  const models = new Map([
    ['postcard', { name: 'postcard', sha256, architecture: 'sd1', defaultWidth: 128, defaultHeight: 128 }],
  ]);
  const parsed = parseBatch(JSON.stringify(batch), { format: 'json' });
  return expand(parsed, { models, loras: new Map(), vaes: new Map(), seedBase: 0 }).request(0);
}
const device = (provider: string, gigabytes: number) => ({ provider, memoryBytes: gigabytes * 1e9 });

test('a picture that fits the memory of one slot lacks nothing', async () => {
  const slots = [device('cpu', 0.1), device('cpu', 1)];
  expect(await needs.lackOf(requestOf({ size: '128x128' }), slots)).toBeNull();
});

test('one that fits none is told with what it takes and what the largest has', async () => {
  const slots = [device('cpu', 0.5), device('webgpu', 1)];
  expect(await needs.lackOf(requestOf({ size: '2048x2048' }), slots)).toMatch(
    /^A picture of 2048x2048 by postcard takes about 4\.\d GB of memory, and the largest node that could draw it has 1\.0 GB: ask for a smaller size\.$/,
  );
});

test('a picture that is drawn again larger takes what the larger one does', async () => {
  const hires = { hires: { scale: 4 }, size: '512x512' };
  expect(await needs.lackOf(requestOf(hires), [device('cpu', 1)])).toMatch(/^A picture of 2048x2048/);
  expect(await needs.lackOf(requestOf({ size: '512x512' }), [device('cpu', 1)])).toBeNull();
});

test('slots whose memory is not known are trusted, and so are checkpoints that cannot be read here', async () => {
  const large = requestOf({ size: '2048x2048' });
  expect(await needs.lackOf(large, [device('cpu', 1), device('webgpu', 0)])).toBeNull();
  for (const other of ['b'.repeat(64), broken]) {
    const elsewhere = { ...large, checkpoint: { name: 'other', sha256: other } };
    expect(await needs.lackOf(elsewhere, [device('cpu', 1)])).toBeNull();
  }
});

test('what runs of several take is reckoned for a type of slot once their checkpoint is read', async () => {
  const fresh = new MemoryNeeds({ find: async () => ({ path }) as never });
  const request = requestOf({ size: '256x256' });
  const reckoned = fresh.reckonerOf(request);
  expect(reckoned('cpu a', 1)).toBeUndefined();
  await fresh.read(request);
  const [one, two] = [reckoned('cpu a', 1)!, reckoned('cpu a', 2)!];
  expect(two).toBeGreaterThan(one);
  expect(reckoned('webgpu b', 2)).toBeLessThan(two);
  // Each picture is drawn again by itself.
  const again = fresh.reckonerOf(requestOf({ size: '128x128', hires: { scale: 8 } }));
  expect(again('cpu a', 2)).toBe(again('cpu a', 1));
});
