import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLogger } from '@atelier/telemetry';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ReadAhead } from './read-ahead.js';

const postcard = fileURLToPath(new URL('../../../../models/postcard', import.meta.url));
const log = createLogger({ name: 'agent', level: 'silent' });

let folder: string;
let paths: Map<string, string>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-ahead-'));
  await writeFile(join(folder, 'lora.safetensors'), Buffer.alloc(10_000_000));
  paths = new Map([
    ['c1', postcard],
    ['l1', join(folder, 'lora.safetensors')],
    ['gone', join(folder, 'gone')],
  ]);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const model = (sha256: string) => ({ name: sha256, sha256 });
const reader = (availableBytes = 1e12) =>
  new ReadAhead(
    (sha256) => paths.get(sha256),
    log,
    () => availableBytes,
  );

test('reads folders and files through', async () => {
  const alone = await reader().read([model('c1')]);
  expect(alone).toBeGreaterThan(1_000_000);
  expect(await reader().read([model('c1'), model('l1')])).toBe(alone + 10_000_000);
});

test('leaves out what the node does not have, and reads nothing where memory is short or a file is gone', async () => {
  expect(await reader().read([model('nothing')])).toBe(0);
  expect(await reader(15_000_000).read([model('l1')])).toBe(0);
  expect(await reader().read([model('gone')])).toBe(0);
});

test('what is asked for later takes the place of what is being read', async () => {
  const ahead = reader();
  const [first, second] = await Promise.all([ahead.read([model('l1')]), ahead.read([model('c1')])]);
  expect(first).toBe(0);
  expect(second).toBeGreaterThan(1_000_000);
});
