/** Nodes come, are refused, drain and leave. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { fromGrpcStatus, registryProto, type AtelierError, type JobDetail, type NodeView } from '@atelier/contracts';
import { clientCredentials, createAuthority, type Credentials } from '@atelier/trust';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { storeSizes } from '../../../../tests/support/stores.js';
import { houses, TestFarm } from '../testing/test-farm.js';

let database: Awaited<ReturnType<(typeof storeSizes)[number]['fresh']>>;
let farm: TestFarm;
beforeAll(async () => {
  database = await storeSizes[0]!.fresh();
  farm = await TestFarm.start(database.location, { leaseSeconds: 2, heartbeatSeconds: 1 });
});
afterEach(() => farm.pullAgents());
afterAll(async () => {
  await farm?.close();
  await database?.dispose();
});

const nodeOf = (id: string) => farm.get<NodeView>(`/nodes/${id}`);
const until = (id: string, state: string) =>
  expect.poll(async () => (await nodeOf(id)).state, { timeout: 10_000 }).toBe(state);

/** What a registration is refused with. */
function registrationRefused(credentials: Credentials, advertise: string): Promise<AtelierError> {
  const tls = clientCredentials(credentials, { role: 'scheduler' });
  const client = new registryProto.RegistryServiceClient(farm.scheduler.grpcAddress, tls.credentials, tls.options);
  return new Promise<AtelierError>((resolve, reject) =>
    client.register({ advertise, inventory: undefined }, (error) =>
      error ? resolve(fromGrpcStatus(error)) : reject(new Error('it was taken')),
    ),
  ).finally(() => client.close());
}

describe('a token', () => {
  test('joins one node', async () => {
    const token = await farm.scheduler.createJoinToken();
    await farm.join({ token, name: 'first' });
    await expect(farm.join({ token, name: 'second' })).rejects.toThrow(/unauthenticated: .*used already/);
    const { items } = await farm.get<{ items: NodeView[] }>('/nodes');
    expect(items.filter(({ name }) => name === 'second')).toEqual([]);
  });

  test('with another secret joins nobody', async () => {
    const [version, id, secret, pin] = (await farm.scheduler.createJoinToken()).split('.') as [
      string,
      string,
      string,
      string,
    ];
    const wrong = [version, id, secret.startsWith('A') ? `B${secret.slice(1)}` : `A${secret.slice(1)}`, pin].join('.');
    await expect(farm.join({ token: wrong })).rejects.toThrow(/unauthenticated: .*none of this farm/);
  });

  test('is made over REST, too', async () => {
    const { token } = await farm.post<{ token: string }>('/tokens');
    expect((await nodeOf((await farm.join({ token, name: 'third' })).identity.nodeId)).state).toBe('ready');
  });
});

describe('a registration is refused', () => {
  test('under an address that nobody answers at, naming address and firewall', async () => {
    const agent = await farm.join();
    agent.pull();
    const free = await freeAddress();
    const refusal = await registrationRefused(agent.identity.credentials, free);
    expect(refusal.code).toBe('dial_back_failed');
    expect(refusal.message).toMatch(new RegExp(`${free}.*firewall.*--advertise`));
  });

  test('under the address of another node', async () => {
    const [one, two] = [await farm.join(), await farm.join()];
    const refusal = await registrationRefused(one.identity.credentials, two.address);
    expect(refusal.code).toBe('dial_back_failed');
  });

  test('with a malformed address', async () => {
    const { identity } = await farm.join();
    expect(await registrationRefused(identity.credentials, 'nowhere')).toMatchObject({ code: 'invalid_request' });
  });

  test('with a certificate of another farm', async () => {
    const { identity } = await farm.join();
    const elsewhere = await (await createAuthority()).createCredentials({ role: 'node', id: identity.nodeId });
    const credentials = { ...elsewhere, authorityPem: identity.credentials.authorityPem };
    expect((await registrationRefused(credentials, '127.0.0.1:1')).code).toMatch(/unauthenticated|unavailable/);
  });
});

test('a node that drains finishes what runs, gives back the rest, and serves again', async () => {
  const agent = await farm.join({ pictureMs: 150 });
  const { nodeId } = agent.identity;
  const { id } = await farm.submit(houses(6));
  await farm.until(id, ({ counts }) => counts.succeeded >= 1);
  expect((await farm.post<NodeView>(`/nodes/${nodeId}:drain`)).state).toBe('draining');
  await until(nodeId, 'drained');
  const waiting = await farm.get<JobDetail>(`/jobs/${id}`);
  expect(waiting.counts.running).toBe(0);
  expect(waiting.counts.pending).toBeGreaterThan(0);
  expect(waiting.waitingFor).toMatch(/drained/);
  expect(await farm.get('/farm')).toMatchObject({ status: 'waiting', slots: { total: 0 } });
  expect((await farm.post<NodeView>(`/nodes/${nodeId}:undrain`)).state).toBe('ready');
  await farm.completed(id);
});

test('a node that is pulled out is offline, and at work within a moment of its return', async () => {
  const agent = await farm.join({ name: 'hot' });
  const { nodeId } = agent.identity;
  agent.pull();
  await until(nodeId, 'offline');
  const { id } = await farm.submit(houses(2));
  expect((await farm.job(id)).waitingFor).toMatch(/No slot serves/);
  const returned = Date.now();
  await farm.join({ identity: agent.identity });
  expect((await nodeOf(nodeId)).state).toBe('ready');
  await farm.completed(id);
  expect(Date.now() - returned).toBeLessThan(5000);
});

function freeAddress(): Promise<string> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(`127.0.0.1:${port}`));
    });
  });
}
