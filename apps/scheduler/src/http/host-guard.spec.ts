import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostGuard } from './host-guard.js';

let server: Server;
let port: number;
beforeAll(async () => {
  const guard = hostGuard(new Set(['127.0.0.1:7860', 'localhost:7860']));
  server = createServer((incoming, answer) => guard(incoming, answer, () => answer.end('let in')));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => server.close());

const get = (headers: Record<string, string>) =>
  new Promise<{ status: number; body: string }>((done, fail) => {
    request({ port, headers }, (answer) => {
      let body = '';
      answer.on('data', (chunk) => (body += chunk)).on('end', () => done({ status: answer.statusCode!, body }));
    })
      .on('error', fail)
      .end();
  });

test.each([
  [{ host: '127.0.0.1:7860' }],
  [{ host: 'LOCALHOST:7860' }],
  [{ host: 'localhost:7860', origin: 'http://localhost:7860' }],
])('lets %j in', async (headers) => expect(await get(headers)).toEqual({ status: 200, body: 'let in' }));

test.each([
  [{ host: 'evil.example:7860' }],
  [{ host: '127.0.0.1' }],
  [{ host: '127.0.0.1:7860', origin: 'https://evil.example' }],
  [{ host: '127.0.0.1:7860', origin: 'null' }],
  [{ host: '127.0.0.1:7860', origin: 'http://127.0.0.1:8080' }],
])('keeps %j out', async (headers) => {
  const { status, body } = await get(headers);
  expect(status).toBe(403);
  expect(JSON.parse(body)).toMatchObject({ code: 'forbidden_origin', status: 403 });
});
