import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { differenceOf } from './compare.js';
import { findReference } from './reference.js';

const postcard = fileURLToPath(new URL('../../../../models/postcard', import.meta.url));

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'atelier-reference-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

test('the demo model has a known picture; other models have none', async () => {
  const reference = await findReference([
    { sha256: 'none', path: folder },
    { sha256: 'demo', path: postcard },
  ]);
  expect(reference).toMatchObject({ sha256: 'demo', request: { checkpoint: postcard, sampler: 'dpmpp_2m' } });
  expect(reference!.picture).toMatchObject({ width: 128, height: 128 });
  expect(await findReference([{ sha256: 'none', path: folder }])).toBeUndefined();
});

test('a damaged one is named', async () => {
  await cp(join(postcard, 'acceptance.png'), join(folder, 'acceptance.png'));
  await writeFile(join(folder, 'acceptance.json'), '{"prompt": "a house"}');
  await expect(findReference([{ sha256: 'x', path: folder }])).rejects.toThrow(
    `The acceptance picture in ${folder} cannot be read: `,
  );
});

test('pictures are compared channel by channel', () => {
  const picture = (...pixels: number[]) => ({ width: 1, height: 1, pixels: Uint8Array.from(pixels) });
  expect(differenceOf(picture(0, 10, 20), picture(3, 10, 20))).toEqual({ largest: 3, mean: 1 });
  expect(differenceOf(picture(0, 10, 20), { width: 2, height: 1, pixels: new Uint8Array(6) })).toBeUndefined();
});
