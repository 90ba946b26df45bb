/** Nodes come, are refused, drain and leave. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import {
  agentProto,
  fromGrpcStatus,
  registryProto,
  type AtelierError,
  type JobDetail,
  type NodeView,
} from '@atelier/contracts';
import { clientCredentials, createAuthority, type Credentials } from '@atelier/trust';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { storeSizes } from '../../../../tests/support/stores.js';
import { houses, TestFarm, type Refusal } from '../testing/test-farm.js';

const leases = { leaseSeconds: 8, heartbeatSeconds: 1 };

let database: Awaited<ReturnType<(typeof storeSizes)[number]['fresh']>>;
let farm: TestFarm;
beforeAll(async () => {
  database = await storeSizes[0]!.fresh();
  farm = await TestFarm.start(database.location, leases);
});
afterEach(() => farm.pullAgents());
afterAll(async () => {
  await farm?.close();
  await database?.dispose();
});

/** What waits for it goes on when it is opened. */
function gateway(): { promise: Promise<void>; resolve(): void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve: () => resolve() };
}

const nodeOf = (id: string) => farm.get<NodeView>(`/nodes/${id}`);
const until = (id: string, state: string) => expect.poll(async () => (await nodeOf(id)).state).toBe(state);

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
  const agent = await farm.join({ pictureMs: 100 });
  const { nodeId } = agent.identity;
  const { id } = await farm.submit(houses(40));
  await farm.until(id, ({ counts }) => counts.succeeded >= 1);
  expect((await farm.post<NodeView>(`/nodes/${nodeId}:drain`)).state).toMatch(/^drain(ing|ed)$/);
  await until(nodeId, 'drained');
  const waiting = await farm.get<JobDetail>(`/jobs/${id}`);
  expect(waiting.counts.running).toBe(0);
  expect(waiting.counts.pending).toBeGreaterThan(0);
  expect(waiting.waitingFor).toMatch(/drained/);
  expect(await farm.get('/farm')).toMatchObject({ status: 'waiting', slots: { total: 0 } });
  expect((await farm.post<NodeView>(`/nodes/${nodeId}:undrain`)).state).toBe('ready');
  await farm.completed(id);
});

describe('the acceptance test', () => {
  const passes = { outcome: agentProto.SlotTestOutcome.SLOT_TEST_OUTCOME_PASSED, message: 'It differs by 1 level.' };
  const fails = { outcome: agentProto.SlotTestOutcome.SLOT_TEST_OUTCOME_FAILED, message: 'It differs by 99 levels.' };

  test('comes before the first task', async () => {
    const { id } = await farm.submit(houses(2));
    const gate = gateway();
    const agent = await farm.join({ onTest: () => gate.promise.then(() => passes) });
    const { nodeId } = agent.identity;
    expect(await nodeOf(nodeId)).toMatchObject({ state: 'testing', reason: 'It draws the acceptance picture.' });
    expect(agent.drawn).toBe(0);
    gate.resolve();
    await until(nodeId, 'ready');
    expect((await nodeOf(nodeId)).test).toMatchObject({ outcome: 'passed', message: passes.message });
    await farm.completed(id);

    // The same hardware and engine: known good.
    agent.pull();
    await until(nodeId, 'offline');
    await farm.join({ identity: agent.identity, onTest: () => fails });
    expect((await nodeOf(nodeId)).state).toBe('ready');
  });

  test('that fails keeps the node out; undrained it is tested again', async () => {
    let outcome = fails;
    const agent = await farm.join({ onTest: () => outcome });
    const { nodeId } = agent.identity;
    await until(nodeId, 'quarantined');
    expect((await nodeOf(nodeId)).reason).toBe(fails.message);
    const { alarms } = await farm.get<{ alarms: string[] }>('/farm');
    expect(alarms).toContainEqual(expect.stringContaining(fails.message));
    const { id } = await farm.submit(houses(1));
    await farm.post(`/nodes/${nodeId}:undrain`);
    await until(nodeId, 'quarantined');
    expect(agent.drawn).toBe(0);
    outcome = passes;
    await farm.post(`/nodes/${nodeId}:undrain`);
    await until(nodeId, 'ready');
    expect((await nodeOf(nodeId)).test).toMatchObject({ outcome: 'passed' });
    await farm.completed(id);
  });

  test('is drawn again on another card, which is named', async () => {
    const agent = await farm.join({ onTest: () => passes, deviceIds: ['GPU-0000-old'] });
    const { nodeId } = agent.identity;
    await until(nodeId, 'ready');
    agent.pull();
    await until(nodeId, 'offline');
    const gate = gateway();
    const onTest = () => gate.promise.then(() => passes);
    await farm.join({ identity: agent.identity, onTest, deviceIds: ['GPU-1111-new'] });
    expect((await nodeOf(nodeId)).reason).toBe(
      'simulated (GPU-1111-new) took the place of simulated (GPU-0000-old). It draws the acceptance picture.',
    );
    gate.resolve();
    await until(nodeId, 'ready');
  });

  test('is not drawn again when the cards are found in another order', async () => {
    const agent = await farm.join({ onTest: () => passes, slots: 2, deviceIds: ['GPU-a', 'GPU-b'] });
    const { nodeId } = agent.identity;
    await until(nodeId, 'ready');
    agent.pull();
    await until(nodeId, 'offline');
    await farm.join({ identity: agent.identity, onTest: () => fails, slots: 2, deviceIds: ['GPU-b', 'GPU-a'] });
    expect((await nodeOf(nodeId)).state).toBe('ready');
  });

  test('of a suspect is not forgotten when the scheduler restarts in the middle of it', async () => {
    const crash = () => {
      throw new Error('The engine crashed.');
    };
    let tests = 0;
    const gate = gateway();
    const onTest = () => (++tests === 1 ? passes : gate.promise.then(() => passes));
    const agent = await farm.join({ onTask: crash, onTest, features: ['loras'] });
    const { nodeId } = agent.identity;
    await until(nodeId, 'ready');
    const jobs = [
      await farm.submit(houses(3)),
      await farm.submit(houses(3, { loras: [{ name: 'postcard-lcm-lora' }] })),
    ];
    await expect.poll(() => tests).toBe(2);
    for (const { id } of jobs) await farm.post(`/jobs/${id}:cancel`);
    await farm.stop();
    farm = await TestFarm.start(database.location, leases);
    farm.agents.push(agent);
    await expect.poll(() => tests).toBe(3);
    expect((await nodeOf(nodeId)).state).toBe('testing');
    gate.resolve();
    await until(nodeId, 'ready');
  });

  test('decides on a node that fails at everything', async () => {
    let broken = true;
    const crash = () => {
      if (broken) throw new Error('The engine crashed.');
    };
    const outcomes = [passes, passes];
    const agent = await farm.join({ onTask: crash, onTest: () => outcomes.shift() ?? fails, features: ['loras'] });
    const { nodeId } = agent.identity;
    await until(nodeId, 'ready');
    const one = await farm.submit(houses(3));
    const other = await farm.submit(houses(3, { loras: [{ name: 'postcard-lcm-lora' }] }));
    await expect.poll(() => outcomes).toHaveLength(0);
    broken = false;
    await until(nodeId, 'ready');
    const { id } = await farm.submit(houses(1));
    await farm.completed(id);
    // It may have drawn them already.
    for (const job of [one, other])
      await farm.post(`/jobs/${job.id}:cancel`).catch((error: Refusal) => expect(error.status).toBe(409));
  });
});

describe('an agent of another version', () => {
  test('serves as long as both know a protocol', async () => {
    await farm.join({ protocols: { minimum: 1, maximum: 9 } });
    const { id } = await farm.submit(houses(1));
    await farm.completed(id);
  });

  test('is refused in a sentence where they know none', async () => {
    await expect(farm.join({ protocols: { minimum: 2, maximum: 3 } })).rejects.toThrow(
      'conflict: The agent speaks protocols 2 to 3, this scheduler 1 to 1: update the older one.',
    );
  });

  test('takes the place of the one that was drained, while others go on', async () => {
    const [old, other] = [await farm.join({ pictureMs: 50 }), await farm.join({ pictureMs: 50 })];
    const { nodeId } = old.identity;
    const { id } = await farm.submit(houses(60));
    await farm.until(id, ({ counts }) => counts.succeeded >= 2);
    await farm.post(`/nodes/${nodeId}:drain`);
    await until(nodeId, 'drained');
    old.pull();
    const drawn = old.drawn;
    const young = await farm.join({ identity: old.identity, protocols: { minimum: 1, maximum: 2 }, pictureMs: 50 });
    expect((await nodeOf(nodeId)).state).toBe('drained');
    await farm.post(`/nodes/${nodeId}:undrain`);
    await farm.completed(id);
    // Nothing was lost and nothing was drawn twice.
    expect(drawn + young.drawn + other.drawn).toBe(60);
    other.pull();
    await farm.completed((await farm.submit(houses(1))).id);
    expect(young.drawn).toBeGreaterThan(0);
  });
});

describe('a machine that has lost its key', () => {
  test('is the same node again when a token says so', async () => {
    const hardwareId = 'a'.repeat(64);
    const before = await farm.join({ hardwareId });
    before.pull();
    await until(before.identity.nodeId, 'offline');
    const after = await farm.join({ hardwareId, token: await farm.scheduler.createJoinToken() });
    expect(after.identity.nodeId).toBe(before.identity.nodeId);
    expect(await registrationRefused(before.identity.credentials, before.address)).toMatchObject({
      code: 'unauthenticated',
    });
    // A second machine with the same hardware, while the first is here, is another node.
    const twin = await farm.join({ hardwareId });
    expect(twin.identity.nodeId).not.toBe(before.identity.nodeId);
  });
});

test('a node that drains at once gives back what runs', async () => {
  const agent = await farm.join({ pictureMs: 3000 });
  const { nodeId } = agent.identity;
  const { id } = await farm.submit(houses(1));
  await farm.until(id, ({ counts }) => counts.running === 1);
  await farm.post<NodeView>(`/nodes/${nodeId}:drain?mode=now`);
  await until(nodeId, 'drained');
  expect((await farm.job(id)).counts).toMatchObject({ pending: 1, running: 0 });
  const other = await farm.join();
  await farm.completed(id);
  expect(other.drawn).toBe(1);
});

test('a node in quarantine says why, and serves again when an operator says so', async () => {
  const agent = await farm.join();
  const { nodeId } = agent.identity;
  const body = JSON.stringify({ reason: 'Its fan rattles.' });
  const headers = { 'content-type': 'application/json' };
  const node = await farm.post<NodeView>(`/nodes/${nodeId}:quarantine`, body, headers);
  expect(node).toMatchObject({ state: 'quarantined', reason: 'Its fan rattles.' });
  await expect(farm.post(`/nodes/${nodeId}:drain`)).rejects.toMatchObject({ status: 409 });
  expect((await farm.post<NodeView>(`/nodes/${nodeId}:undrain`)).state).toBe('ready');
});

test('a node that is pulled out is offline, and at work when it returns', async () => {
  const agent = await farm.join({ name: 'hot' });
  const { nodeId } = agent.identity;
  agent.pull();
  await until(nodeId, 'offline');
  const { id } = await farm.submit(houses(2));
  expect((await farm.job(id)).waitingFor).toMatch(/No slot serves/);
  await farm.join({ identity: agent.identity });
  expect((await nodeOf(nodeId)).state).toBe('ready');
  await farm.completed(id);
});

function freeAddress(): Promise<string> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(`127.0.0.1:${port}`));
    });
  });
}
