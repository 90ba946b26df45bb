import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { catalogueModels } from './catalogue.js';
import { hashCheckpoint } from './identity.js';

const demo = resolve(import.meta.dirname, '../../../../models');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-models-'));
  await cp(join(demo, 'postcard-lcm-lora'), join(folder, 'lora'), { recursive: true });
});
afterAll(() => rm(folder, { recursive: true }));

test('a model is hashed once, and again when it changes', async () => {
  const cacheFile = join(folder, 'hashes.json');
  const catalogue = () => catalogueModels([folder], { cacheFile });
  const [first] = await catalogue();
  expect(first).toMatchObject({ name: 'lora', kind: 'lora', sha256: await hashCheckpoint(join(folder, 'lora')) });
  expect(first!.bytes).toBeGreaterThan(7_000_000);

  expect(await catalogueModels([folder], { cacheFile, wanted: ({ name }) => name !== 'lora' })).toEqual([]);

  // What the cache says is believed while size and time are the same.
  const text = await readFile(cacheFile, 'utf8');
  await writeFile(cacheFile, text.replace(first!.sha256, 'remembered'));
  expect((await catalogue())[0]!.sha256).toBe('remembered');

  await appendFile(join(folder, 'lora', 'config.json'), '\n');
  const [changed] = await catalogue();
  expect(changed!.sha256).not.toBe(first!.sha256);
  expect(changed!.sha256).toBe(await hashCheckpoint(join(folder, 'lora')));

  await writeFile(cacheFile, 'not JSON');
  expect((await catalogue())[0]!.sha256).toBe(changed!.sha256);
});
