/** Who may bring what: over real TLS, with certificates of the farm and of a stranger. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng } from '@atelier/diffusion';
import { createAuthority, tlsClientOptions, type Credentials } from '@atelier/trust';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FileStore } from './file-store.js';
import { listenForUploads, type UploadListener } from './upload-listener.js';
import { UploadTickets, type ExpectedUpload } from './upload-tickets.js';

const folder = mkdtempSync(join(tmpdir(), 'atelier-uploads-'));
const model = mkdtempSync(join(tmpdir(), 'atelier-model-'));
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const pixels = new Uint8Array(8 * 8 * 3).fill(200);

let picture: Buffer;
let files: FileStore;
let listener: UploadListener;
let node: Credentials;
let otherNode: Credentials;
let scheduler: Credentials;
let stranger: Credentials;
const tickets = new UploadTickets(() => `https://127.0.0.1:${listener.port}`);

beforeAll(async () => {
  picture = await encodePng({ width: 8, height: 8, pixels });
  const authority = await createAuthority();
  scheduler = await authority.createCredentials({ role: 'scheduler', id: 's' });
  node = await authority.createCredentials({ role: 'node', id: 'n1' });
  otherNode = await authority.createCredentials({ role: 'node', id: 'n2' });
  const elsewhere = await createAuthority();
  stranger = { ...(await elsewhere.createCredentials({ role: 'node', id: 'n1' })), authorityPem: node.authorityPem };
  files = await FileStore.open(folder);
  const logger = pino({ level: 'silent' });
  const artifact = { kind: 'asset' as const, mediaType: 'image/png', bytes: picture.length, width: 8, height: 8 };
  const assets = {
    files,
    artifacts: {
      get: async (hash: string) => ({
        ...artifact,
        sha256: hash,
        createdAt: new Date(),
        references: 1,
        withheld: false,
      }),
    },
    mayRead: (nodeId: string) => nodeId === 'n1',
  };
  for (const name of ['a.safetensors', 'config.json', 'README.md'])
    writeFileSync(join(model, name), `content of ${name}`);
  const models = { find: (hash: string) => (hash === '1'.repeat(64) ? { name: 'm', path: model } : undefined) };
  listener = await listenForUploads({
    ...{ host: '127.0.0.1', port: 0, credentials: scheduler },
    ...{ tickets, files, assets, models, logger },
  });
});
afterAll(async () => {
  await listener.close();
  rmSync(folder, { recursive: true });
  rmSync(model, { recursive: true });
});

const expected = (change: Partial<ExpectedUpload> = {}): ExpectedUpload => ({
  attemptId: '0a',
  nodeId: 'n1',
  sha256: sha256(picture),
  bytes: picture.length,
  mediaType: 'image/png',
  width: 8,
  height: 8,
  ...change,
});

/** The status of an upload, or the code of the connection's error. */
function put(
  body: Uint8Array,
  authorization: string,
  credentials = node,
  path = '/uploads/0a',
): Promise<number | string> {
  return ask('PUT', path, credentials, authorization, body);
}

/** The status and the body of an answer. */
function read(path: string, headers: Record<string, string> = {}): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const address = { host: '127.0.0.1', port: listener.port, path, headers };
    const call = request({ ...address, ...tlsClientOptions(node, { role: 'scheduler' }) }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => (text += String(chunk)));
      answer.once('end', () => resolve([answer.statusCode!, text]));
    });
    call.once('error', reject);
    call.end();
  });
}

/** The status of an answer, or the code of the connection's error. */
function ask(
  method: string,
  path: string,
  credentials: Credentials,
  authorization = '',
  body?: Uint8Array,
): Promise<number | string> {
  return new Promise((resolve) => {
    const call = request(
      {
        host: '127.0.0.1',
        port: listener.port,
        path,
        method,
        headers: { authorization },
        ...tlsClientOptions(credentials, { role: 'scheduler' }),
      },
      (answer) => answer.resume().once('end', () => resolve(answer.statusCode!)),
    );
    call.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    call.end(body);
  });
}

const authorizationFor = (upload: ExpectedUpload) => tickets.issue(upload).authorization;
const nothingIsLeft = () => expect(readdirSync(folder, { recursive: true })).toEqual(['incoming']);

test('a certificate of another farm is cut off', async () => {
  expect(await put(picture, authorizationFor(expected()), stranger)).toMatch(/./);
  nothingIsLeft();
});

test.each<[string, number, () => Promise<number | string>]>([
  ['without a ticket', 401, () => put(picture, '')],
  ['with a forged ticket', 401, () => put(picture, 'Bearer e30.e30')],
  ['with the ticket of another node', 401, () => put(picture, authorizationFor(expected()), otherNode)],
  ['by a scheduler', 401, () => put(picture, authorizationFor(expected()), scheduler)],
  ['with the ticket of another attempt', 401, () => put(picture, authorizationFor(expected()), node, '/uploads/0b')],
  ['to a path that is not served', 404, () => put(picture, '', node, '/etc/passwd')],
  ['of other bytes', 409, () => put(picture.subarray(0, -1), authorizationFor(expected()))],
  ['of more bytes', 413, () => put(Buffer.concat([picture, picture]), authorizationFor(expected()))],
  ['of another size', 409, () => put(picture, authorizationFor(expected({ width: 16 })))],
  ['of another type', 409, () => put(picture, authorizationFor(expected({ mediaType: 'image/webp' })))],
  [
    'of a picture that is damaged',
    415,
    () => {
      const damaged = Buffer.concat([picture.subarray(0, picture.length >> 1), Buffer.alloc(20)]);
      return put(damaged, authorizationFor(expected({ sha256: sha256(damaged), bytes: damaged.length })));
    },
  ],
])('an upload %s is refused with %i and leaves nothing', async (_, status, upload) => {
  expect(await upload()).toBe(status);
  expect(tickets.find('n1', '0a')).toBeUndefined();
  nothingIsLeft();
});

test('what a ticket promised is stored under its hash, decoded, and again without harm', async () => {
  const { authorization } = tickets.issue(expected());
  expect(await put(picture, authorization)).toBe(201);
  expect(await put(picture, authorization)).toBe(201);
  expect(await files.read(sha256(picture))).toEqual(picture);
  expect(tickets.find('n1', '0a')).toMatchObject({ pixelSha256: sha256(pixels), width: 8, height: 8 });
  expect(tickets.find('n2', '0a')).toBeUndefined();
  tickets.forget('0a');
  expect(await put(picture, authorization)).toBe(409);
});

test('an asset is given to a node that has an attempt naming it, to nobody else', async () => {
  const path = `/assets/${sha256(picture)}`;
  expect(await ask('GET', path, node)).toBe(200);
  expect(await ask('GET', path, otherNode)).toBe(403);
  expect(await ask('GET', path, scheduler)).toBe(401);
  expect(await ask('GET', path, stranger)).toMatch(/./);
  expect(await ask('GET', `/assets/${'0'.repeat(64)}`, node)).toBe(404);
  expect(await ask('GET', '/assets/..%2f..%2fetc', node)).toBe(404);
});

test('a model is given to nodes of the farm, file by file and from any byte on', async () => {
  const path = `/models/${'1'.repeat(64)}`;
  const files = [
    { path: 'a.safetensors', bytes: 24 },
    { path: 'config.json', bytes: 22 },
  ];
  const [status, text] = await read(path);
  expect([status, JSON.parse(text)]).toEqual([200, { name: 'm', files }]);
  expect(await read(`${path}/1`)).toEqual([200, 'content of config.json']);
  expect(await read(`${path}/1`, { range: 'bytes=11-' })).toEqual([206, 'config.json']);
  expect(await read(`${path}/1`, { range: 'bytes=99-' })).toEqual([206, '']);
  for (const missing of [`${path}/2`, `/models/${'2'.repeat(64)}`, `/models/${'2'.repeat(64)}/0`, `${path}/../x`])
    expect(await ask('GET', missing, node)).toBe(404);
  expect(await ask('GET', path, scheduler)).toBe(401);
  expect(await ask('GET', path, stranger)).toMatch(/./);
});
