import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FileStore } from './file-store.js';

/** A disk of 24 MB, where this process may make one. */
const folder = mkdtempSync(join(tmpdir(), 'atelier-small-disk-'));
const isMounted = (() => {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();
afterAll(() => {
  if (isMounted) execFileSync('umount', [folder]);
  rmSync(folder, { recursive: true, force: true });
});

async function* megabytes(count: number) {
  for (let i = 0; i < count; i++) yield Buffer.alloc(2 ** 20, i);
}

let store: FileStore;
beforeAll(async () => void (store = await FileStore.open(join(folder, 'artifacts'))));

test.runIf(isMounted)('a full disk is told, leaves nothing half there, and is over when there is room', async () => {
  await store.requireRoom(2 ** 20);
  expect(store.trouble).toBe('');
  const ballast = join(folder, 'ballast');
  await writeFile(ballast, Buffer.alloc(20 * 2 ** 20));
  const full = { code: 'storage_full', message: expect.stringMatching(/its disk is full/) as string };
  await expect(store.requireRoom(2 ** 20)).rejects.toMatchObject(full);
  await expect(store.receive(megabytes(8), 2 ** 30)).rejects.toMatchObject(full);
  expect(store.trouble).toMatch(/takes no pictures/);
  rmSync(ballast);
  await store.requireRoom(2 ** 20);
  expect(store.trouble).toBe('');
  await store.keep(await store.receive(megabytes(1), 2 ** 20));
});
