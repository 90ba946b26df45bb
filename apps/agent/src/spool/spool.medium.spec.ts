import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentProto } from '@atelier/contracts';
import { createLogger } from '@atelier/telemetry';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isAttemptId, Spool, type SpoolEntry } from './spool.js';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'atelier-spool-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = () => Spool.open(join(folder, 'spool'), createLogger({ name: 'test', level: 'silent' }));
const file = Buffer.from('a picture');

function entry(attemptId: string, finished = 0): SpoolEntry {
  const sha256 = createHash('sha256').update(file).digest('hex');
  const record = {
    engineBuild: '1',
    provider: 'cpu',
    device: 'CPU',
    groupSize: 1,
    loadSeconds: 0.5,
    encodeSeconds: 0,
    denoiseSeconds: 0,
    decodeSeconds: 0,
    uploadSeconds: 0,
    renderStartedAt: new Date(1_000),
    renderFinishedAt: new Date(2_000 + finished),
    loadTier: agentProto.LoadTier.LOAD_TIER_DISK,
    memoryBytes: 5e9,
    fetchedBytes: 0,
    fetchSeconds: 0,
  };
  const uploaded = { attemptId, sha256, pixelSha256: 'p', width: 8, height: 8, withheld: false, record };
  return { uploaded, bytes: file.length, mediaType: 'image/png' };
}

test('a picture is there after a restart, the oldest first, until it is removed', async () => {
  const spool = await open();
  await spool.add(entry('later', 5), file);
  await spool.add(entry('earlier'), file);
  const again = await open();
  expect(again.entries()).toEqual([entry('earlier'), entry('later', 5)]);
  await again.remove('earlier');
  await again.remove('unknown');
  expect((await open()).entries()).toEqual([entry('later', 5)]);
});

test('what a crash left half done is dropped', async () => {
  const spool = await open();
  for (const id of ['whole', 'cut', 'no-picture', 'no-json']) await spool.add(entry(id), file);
  await writeFile(spool.picturePath('cut'), 'a pic');
  await rm(spool.picturePath('no-picture'));
  await rm(join(spool.folder, 'no-json.json'));
  await writeFile(join(spool.folder, 'draft.picture.part'), 'a');
  await writeFile(join(spool.folder, 'damaged.json'), '{');
  const again = await open();
  expect(again.entries()).toEqual([entry('whole')]);
  expect((await readdir(spool.folder)).sort()).toEqual(['whole.json', 'whole.picture']);
});

test('a disk that takes nothing is told, and leaves nothing half done', async () => {
  const spool = await open();
  await rm(spool.folder, { recursive: true });
  await expect(spool.add(entry('a'), file)).rejects.toMatchObject({ code: 'ENOENT' });
  expect(spool.entries()).toEqual([]);
});

test('ids that could leave the folder are none', () => {
  expect(['01J-a_b', 'x'].every(isAttemptId)).toBe(true);
  expect(['', '..', 'a/b', 'a\\b', 'a.json', 'x'.repeat(65)].some(isAttemptId)).toBe(false);
});
