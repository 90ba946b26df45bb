/** Models on their way to a node that lacks them: over real TLS, from a server that may break off or send anything. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashCheckpoint } from '@atelier/diffusion/checkpoint';
import { createLogger } from '@atelier/telemetry';
import { createAuthority, tlsServerOptions, type Credentials } from '@atelier/trust';
import { agentProto } from '@atelier/contracts';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ModelFetcher, type ModelFetcherOptions } from './model-fetcher.js';

const { FailureCause } = agentProto;
const source = mkdtempSync(join(tmpdir(), 'atelier-source-'));
const weights = Buffer.alloc(100_000, 7);
const list = {
  name: 'a model',
  files: [
    { path: 'unet/config.json', bytes: 2 },
    { path: 'unet/weights.safetensors', bytes: weights.length },
  ],
};

let server: Server;
let url: string;
let node: Credentials;
let hash: string;
let folder: string;
let asked: string[];
let changes: number;
/** What the server does of its own accord. */
let mood: { breaksOffAfter?: number; lies?: boolean; list?: unknown; status?: number };

beforeAll(async () => {
  // A folder that is no checkpoint is identified by the files directly in it.
  await writeFile(join(source, 'lora.safetensors'), weights);
  hash = await hashCheckpoint(join(source, 'lora.safetensors'));
  const authority = await createAuthority();
  node = await authority.createCredentials({ role: 'node', id: 'n' });
  const scheduler = await authority.createCredentials({ role: 'scheduler', id: 's' });
  server = createServer(tlsServerOptions(scheduler), (request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    asked.push(`${request.url!.replace(hash, 'HASH')}${from > 0 ? ` from ${from}` : ''}`);
    if (mood.status !== undefined) return response.writeHead(mood.status).end();
    if (!/\/\d+$/.test(request.url!))
      return response.end(
        JSON.stringify(mood.list ?? { name: 'a model', files: [{ path: '', bytes: weights.length }] }),
      );
    const body = mood.lies ? Buffer.alloc(weights.length, 8) : weights;
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': body.length - from });
    const { breaksOffAfter } = mood;
    if (breaksOffAfter === undefined || from + breaksOffAfter >= body.length) return response.end(body.subarray(from));
    return response.write(body.subarray(from, from + breaksOffAfter), () => setTimeout(() => response.destroy(), 50));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/models`;
});
afterAll(() => {
  server.close();
  rmSync(source, { recursive: true });
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'atelier-fetched-'));
  asked = [];
  changes = 0;
  mood = {};
  return () => rm(folder, { recursive: true });
});

const fetcher = (options: Partial<ModelFetcherOptions> = {}) =>
  new ModelFetcher({
    ...{ folder, url: () => url, credentials: node, needed: () => new Set<string>(), reserveBytes: 0, pauseMs: 1 },
    changed: async () => void changes++,
    log: createLogger({ name: 'test', level: 'silent' }),
    ...options,
  });
const fileOfModel = () => join(folder, `a_model-${hash.slice(0, 12)}.safetensors`);

test('a model is fetched once by all who ask, and lies under its name', async () => {
  const models = fetcher();
  const [one, two] = await Promise.all([models.bring([hash]), models.bring([hash])]);
  expect(one).toEqual(two);
  expect(one.bytes).toBe(weights.length);
  expect(one.seconds).toBeGreaterThan(0);
  expect(asked).toEqual(['/models/HASH', '/models/HASH/0']);
  expect(await readdir(folder)).toEqual([`a_model-${hash.slice(0, 12)}.safetensors`]);
  expect(await readFile(fileOfModel())).toEqual(weights);
  expect(changes).toBe(1);
});

test('what breaks off goes on where it was, also in another process', async () => {
  mood.breaksOffAfter = 40_000;
  await fetcher().bring([hash]);
  expect(asked.slice(1)).toEqual(['/models/HASH/0', '/models/HASH/0 from 40000', '/models/HASH/0 from 80000']);
  await rm(fileOfModel());
  await mkdir(join(folder, `.fetching-${hash}`));
  await writeFile(join(folder, `.fetching-${hash}`, 'model.safetensors'), weights.subarray(0, 99_000));
  mood = {};
  expect((await fetcher().bring([hash])).bytes).toBe(1_000);
  expect(await readFile(fileOfModel())).toEqual(weights);
});

test.each<[string, () => void, RegExp, keyof typeof FailureCause]>([
  ['is another one', () => (mood.lies = true), /^The model a model did not arrive whole/, 'FAILURE_CAUSE_NETWORK'],
  ['is not there', () => (mood.status = 404), /the scheduler answered 404/, 'FAILURE_CAUSE_NETWORK'],
  ['stands still', () => (mood.breaksOffAfter = 0), /^A model did not arrive: /, 'FAILURE_CAUSE_NETWORK'],
  [
    'would lie elsewhere',
    () => (mood.list = { name: 'm', files: [{ path: '../../etc/passwd', bytes: 1 }] }),
    /is no path below a folder/,
    'FAILURE_CAUSE_NETWORK',
  ],
  [
    'is larger than was told',
    () => (mood.list = { name: 'm', files: [{ path: '', bytes: 10 }] }),
    /another length than was told/,
    'FAILURE_CAUSE_NETWORK',
  ],
  [
    'has no room',
    () => (mood.list = { name: 'm', files: [{ path: '', bytes: 1e15 }] }),
    /^The model [0-9a-f]{12} has 1000000\.0 GB, and the disk of this node has room for /,
    'FAILURE_CAUSE_UNSUPPORTED',
  ],
])('a model that %s is refused in a sentence, and nothing is taken for it', async (_, upset, sentence, cause) => {
  upset();
  const refused = await fetcher()
    .bring([hash])
    .catch((error: unknown) => error);
  expect(refused).toMatchObject({ failureCause: FailureCause[cause], message: expect.stringMatching(sentence) });
  expect((await readdir(folder)).filter((name) => !name.startsWith('.'))).toEqual([]);
});

test('the folders of a checkpoint come with their files', async () => {
  mood.list = { ...list, files: list.files.map((file) => ({ ...file, bytes: weights.length })) };
  await fetcher()
    .bring([hash])
    .catch(() => undefined);
  expect(asked).toEqual(['/models/HASH', '/models/HASH/0', '/models/HASH/1']);
});

test('what was not used for longest makes room, what is needed does not', async () => {
  const old = ['1', '2', '3'].map((digit) => digit.repeat(64));
  for (const [i, sha256] of old.entries()) {
    const path = join(folder, `m-${sha256.slice(0, 12)}.safetensors`);
    copyFileSync(join(source, 'lora.safetensors'), path);
    await utimes(path, new Date(1e12 + i), new Date(1e12 + i));
  }
  mood.list = { name: 'm', files: [{ path: '', bytes: 1e15 }] };
  const models = fetcher({ needed: () => new Set([old[1]!]) });
  await models.used([old[0]!]);
  await expect(models.bring([hash])).rejects.toThrow('has room for');
  expect((await readdir(folder)).filter((name) => !name.startsWith('.'))).toEqual([
    `m-${old[1]!.slice(0, 12)}.safetensors`,
  ]);
});

test('nothing is fetched where the scheduler gave no address', async () => {
  const models = fetcher({ url: () => '' });
  expect(models.canFetch).toBe(false);
  await expect(models.bring([hash])).rejects.toThrow('the scheduler gave no address of models');
});
