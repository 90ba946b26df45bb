import { once } from 'node:events';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { agentProto } from '@atelier/contracts';
import { Server, type ServerWritableStream } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  clientCredentials,
  createAuthority,
  createCertificateRequest,
  fetchAndPinAuthority,
  identityOfSocket,
  loadAuthority,
  peerIdentity,
  serverCredentials,
  tlsClientOptions,
  tlsServerOptions,
  type Authority,
  type Credentials,
} from './index.js';

let authority: Authority;
let scheduler: Credentials;
let node: Credentials;
let stranger: Credentials;

beforeAll(async () => {
  const created = await createAuthority();
  authority = await loadAuthority(created.certificatePem, created.privateKeyPem);
  expect(authority.pin).toBe(created.pin);
  scheduler = await authority.createCredentials({ role: 'scheduler', id: 's1' });
  node = await authority.createCredentials({ role: 'node', id: 'n1' });
  stranger = await (await createAuthority()).createCredentials({ role: 'node', id: 'n1' });
});

test('signs no request that is not signed by its own key', async () => {
  const { der } = await createCertificateRequest();
  const tampered = der.with(der.length - 1, der.at(-1)! ^ 1);
  for (const wrong of [tampered, new Uint8Array(), new Uint8Array([48, 0])])
    await expect(authority.issue({ role: 'node', id: 'n' }, wrong)).rejects.toThrow('is not a PKCS #10 request');
});

describe('gRPC', () => {
  let open: Server;
  let closed: Server;
  let openPort: number;
  let closedPort: number;

  // Answers each call with the caller's identity.
  const whoCalls = (
    call: ServerWritableStream<agentProto.WatchTelemetryRequest, agentProto.WatchTelemetryResponse>,
  ) => {
    let stage: string;
    try {
      const { role, id } = peerIdentity(call);
      stage = `${role} ${id}`;
    } catch (error) {
      stage = (error as Error).message;
    }
    call.write({ message: { $case: 'progress', value: { attemptId: '', stage, step: 0, steps: 0 } } });
    call.end();
  };
  const listen = (requireClientCertificate: boolean) => {
    const server = new Server();
    server.addService(agentProto.AgentServiceService, { watchTelemetry: whoCalls, session: () => undefined });
    const credentials = serverCredentials(scheduler, { requireClientCertificate });
    return new Promise<[Server, number]>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', credentials, (error, port) => (error ? reject(error) : resolve([server, port]))),
    );
  };
  async function ask(port: number, credentials: Parameters<typeof clientCredentials>[0], id?: string): Promise<string> {
    const expected = id === undefined ? { role: 'scheduler' as const } : { role: 'scheduler' as const, id };
    const tls = clientCredentials(credentials, expected);
    const client = new agentProto.AgentServiceClient(`127.0.0.1:${port}`, tls.credentials, tls.options);
    try {
      for await (const { message } of client.watchTelemetry({ previews: false }))
        if ((message as { $case: string }).$case === 'progress')
          return (message as { value: agentProto.Progress }).value.stage;
      return 'nothing';
    } catch (error) {
      return (error as Error).message;
    } finally {
      client.close();
    }
  }

  beforeAll(async () => {
    [open, openPort] = await listen(false);
    [closed, closedPort] = await listen(true);
  });
  afterAll(() => {
    open.forceShutdown();
    closed.forceShutdown();
  });

  test('tells callers apart by certificate', async () => {
    expect(await ask(openPort, node)).toBe('node n1');
    expect(await ask(closedPort, node, 's1')).toBe('node n1');
  });

  test('a joining node is anonymous, and only where that is allowed', async () => {
    const anonymous = { authorityPem: authority.certificatePem };
    expect(await ask(openPort, anonymous)).toBe('The peer shows no certificate of this farm.');
    expect(await ask(closedPort, anonymous)).toMatch(/UNAVAILABLE/);
  });

  test('another farm’s certificate counts for nothing', async () => {
    const impostor = { ...stranger, authorityPem: authority.certificatePem };
    expect(await ask(openPort, impostor)).toBe('The peer shows no certificate of this farm.');
    expect(await ask(closedPort, impostor)).toMatch(/UNAVAILABLE/);
  });

  test('a client refuses a server of another farm or with another identity', async () => {
    expect(await ask(openPort, stranger)).toMatch(/self-signed certificate/);
    expect(await ask(openPort, node, 's2')).toContain('Expected the scheduler s2, but the peer is the scheduler s1.');
  });

  test('the pin finds the authority, and a wrong one stops before anything is said', async () => {
    const found = await fetchAndPinAuthority('127.0.0.1', openPort, authority.pin);
    expect((await loadAuthority(found, authority.privateKeyPem)).pin).toBe(authority.pin);
    await expect(fetchAndPinAuthority('127.0.0.1', openPort, 'f'.repeat(64))).rejects.toThrow(
      'does not hold the key that the token pins',
    );
  });

  test('a port where nobody speaks TLS is unavailable', async () => {
    await expect(fetchAndPinAuthority('127.0.0.1', 1, authority.pin)).rejects.toThrow(/^No scheduler answers at/);
  });
});

test('HTTPS with the same certificates', async () => {
  const server = createServer(tlsServerOptions(scheduler), (incoming, response) => {
    const { role, id } = identityOfSocket(incoming.socket as TLSSocket);
    response.end(`${role} ${id}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const get = (credentials: Credentials) =>
    new Promise<string>((resolve, reject) =>
      request(
        { host: '127.0.0.1', port, agent: false, ...tlsClientOptions(credentials, { role: 'scheduler' }) },
        (answer) => answer.on('data', (chunk: Buffer) => resolve(chunk.toString())),
      )
        .on('error', reject)
        .end(),
    );
  try {
    expect(await get(node)).toBe('node n1');
    await expect(get({ ...stranger, authorityPem: authority.certificatePem })).rejects.toThrow();
  } finally {
    server.close();
  }
});
