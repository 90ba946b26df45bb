/** Assets on their way to a node: over real TLS, from a server that may send anything. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority, tlsServerOptions, type Credentials } from '@atelier/trust';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { AssetCache } from './asset-cache.js';
import { fetchAsset } from './fetch-asset.js';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const content = (shade: number) => Buffer.alloc(1000, shade);
const hash = sha256(content(1));

let folder: string;
let server: Server;
let url: string;
let node: Credentials;
let stranger: Credentials;
/** What the server answers with. */
let answer: { status: number; body: Buffer; breaksOff?: boolean };

beforeAll(async () => {
  const authority = await createAuthority();
  node = await authority.createCredentials({ role: 'node', id: 'n' });
  stranger = { ...(await (await createAuthority()).createCredentials({ role: 'node', id: 'n' })) };
  const scheduler = await authority.createCredentials({ role: 'scheduler', id: 's' });
  server = createServer(tlsServerOptions(scheduler), (_, response) => {
    response.writeHead(answer.status, answer.breaksOff ? { 'content-length': 5000 } : {});
    if (!answer.breaksOff) return response.end(answer.body);
    return response.write(answer.body, () => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/assets`;
});
afterAll(() => void server.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-assets-'));
  answer = { status: 200, body: content(1) };
  return () => rm(folder, { recursive: true });
});

const bring = (limit = 10_000, credentials = node) => fetchAsset(url, hash, credentials, limit);

test('an asset is taken only if it is what its hash says', async () => {
  expect(await bring()).toEqual(content(1));
  answer.body = content(2);
  await expect(bring()).rejects.toThrow('what came has the hash');
});

test.each<[string, () => Promise<Buffer>, RegExp]>([
  ['is refused', () => ((answer.status = 403), bring()), /^the scheduler answered 403$/],
  ['is too large', () => bring(999), /^it has more than 999 bytes$/],
  ['breaks off', () => ((answer.breaksOff = true), bring()), /aborted|hang up/],
  ['comes to a stranger', () => bring(10_000, stranger), /./],
  ['has no address', () => fetchAsset('', hash, node, 1), /^the scheduler gave no address of assets$/],
])('an asset that %s is told so', async (_, fetch, sentence) => {
  await expect(fetch()).rejects.toThrow(sentence);
});

test('an asset is fetched once, by whoever asks, and again when the disk has lost or changed it', async () => {
  let fetched = 0;
  const fetch = async () => (fetched++, content(1));
  const cache = await AssetCache.open({ folder, maximumBytes: 1e6, fetch });
  expect(await Promise.all([cache.get(hash), cache.get(hash)])).toEqual([content(1), content(1)]);
  const again = await AssetCache.open({ folder, maximumBytes: 1e6, fetch });
  expect(await again.get(hash)).toEqual(content(1));
  expect(fetched).toBe(1);
  await writeFile(join(folder, hash), 'changed');
  expect(await again.get(hash)).toEqual(content(1));
  expect(fetched).toBe(2);
});

test('a fetch that failed is tried anew', async () => {
  const fetch = async () => (answer.status === 200 ? content(1) : Promise.reject(new Error('away')));
  const cache = await AssetCache.open({ folder, maximumBytes: 1e6, fetch });
  answer.status = 503;
  await expect(cache.get(hash)).rejects.toThrow('away');
  answer.status = 200;
  expect(await cache.get(hash)).toEqual(content(1));
});

test('the folder keeps what was used last, within its bound', async () => {
  const contents = [1, 2, 3].map(content);
  const cache = await AssetCache.open({
    folder,
    maximumBytes: 2500,
    fetch: async (wanted) => contents.find((bytes) => sha256(bytes) === wanted)!,
  });
  const [first, second, third] = contents.map(sha256) as [string, string, string];
  await cache.get(first);
  await cache.get(second);
  const longAgo = new Date(Date.now() - 60_000);
  await utimes(join(folder, second), longAgo, longAgo);
  await cache.get(third);
  expect((await readdir(folder)).sort()).toEqual([first, third].sort());
  await expect(cache.get('../../etc/passwd')).rejects.toThrow('it is named by no hash');
});
