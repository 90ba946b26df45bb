import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import express from 'express';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compressed } from './serve-page.js';

const script = 'export const answer = 42;\n'.repeat(100);
let folder: string;
let server: Server;
let url: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'atelier-page-'));
  writeFileSync(join(folder, 'page.js'), script);
  writeFileSync(join(folder, 'page.js.br'), brotliCompressSync(script));
  writeFileSync(join(folder, 'small.js'), '1');
  const app = express();
  app.use('/assets', compressed(folder), express.static(folder));
  server = createServer(app).listen(0, '127.0.0.1');
  await new Promise((ready) => server.once('listening', ready));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/assets`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const ask = (name: string, encoding: string) => fetch(`${url}/${name}`, { headers: { 'accept-encoding': encoding } });

it('sends the compressed copy to whoever takes it, and the file to others', async () => {
  const small = await ask('page.js', 'gzip, br');
  expect([small.headers.get('content-encoding'), small.headers.get('vary')]).toEqual(['br', 'accept-encoding']);
  expect(small.headers.get('content-type')).toMatch(/^text\/javascript/);
  expect(await small.text()).toBe(script);
  const whole = await ask('page.js', 'identity');
  expect([whole.headers.get('content-encoding'), whole.headers.get('vary')]).toEqual([null, 'accept-encoding']);
  expect(await whole.text()).toBe(script);
});

it('sends what has no compressed copy as it is, and knows nothing outside of its folder', async () => {
  expect((await ask('small.js', 'br')).headers.get('content-encoding')).toBeNull();
  expect((await ask('..%2fpage.js', 'br')).status).toBe(404);
});
