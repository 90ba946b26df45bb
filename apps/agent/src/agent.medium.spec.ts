import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentProto } from '@atelier/contracts';
import { createLogger } from '@atelier/telemetry';
import { createJoinToken } from '@atelier/trust';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startAgent, type AgentOptions, type RunningAgent } from './index.js';
import { lease } from './testing/lease.js';
import { SchedulerDouble } from './testing/scheduler-double.js';

let folder: string;
let double: SchedulerDouble;
const agents: RunningAgent[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-agent-'));
  double = await SchedulerDouble.start();
});
afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.close()));
  await double.close();
  await rm(folder, { recursive: true, force: true });
});

async function start(options: Partial<AgentOptions> = {}): Promise<RunningAgent> {
  const agent = await startAgent({
    join: double.address,
    dataDir: join(folder, 'node'),
    name: 'test-node',
    modelFolders: [],
    provider: 'cpu',
    threads: 1,
    logger: createLogger({ name: 'agent', level: 'silent' }),
    ...options,
  });
  agents.push(agent);
  return agent;
}

describe('joining', () => {
  test('a token makes a node, and a returning node needs none', async () => {
    const first = await start({ token: double.token() });
    expect(first.nodeId).toBe('n1');
    expect((await stat(join(folder, 'node', 'identity.json'))).mode & 0o777).toBe(0o600);
    const [{ inventory, advertise }] = double.registered as [(typeof double.registered)[0]];
    expect(advertise).toBe(first.grpcAddress);
    expect(inventory).toMatchObject({ hostname: hostname(), pid: process.pid, metricsAddress: first.metricsAddress });
    await first.close();
    expect((await start()).nodeId).toBe('n1');
    // A token of the same farm is not spent on a node that is known.
    await agents.at(-1)!.close();
    expect((await start({ token: double.token() })).nodeId).toBe('n1');
  });

  test('no token, and none before', async () => {
    await expect(start()).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining('This node has not joined a farm yet') as string,
    });
  });

  test('a wrong secret', async () => {
    const [version, id, , pin] = double.token().split('.');
    const token = [version, id, 'x'.repeat(43), pin].join('.');
    await expect(start({ token })).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'The join token is unknown, used up or expired.',
    });
  });

  test('an expired token', async () => {
    await expect(start({ token: double.token({ expired: true }) })).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(await readdir(join(folder, 'node'))).toEqual([]);
  });

  test('a wrong pin: the secret is never said', async () => {
    const { text } = createJoinToken('0'.repeat(64));
    await expect(start({ token: text })).rejects.toThrow(/does not hold the key that the token pins.*was not sent/);
  });

  test('a node that its farm has forgotten needs a new token, and takes it', async () => {
    await (await start({ token: double.token() })).close();
    double.forgotten.add('n1');
    await expect(start()).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'This farm does not know the node n1.',
    });
    expect((await start({ token: double.token() })).nodeId).toBe('n2');
  });

  test('an address that the scheduler cannot dial fails the first join, and only that', async () => {
    const wrong = { advertise: '127.0.0.1:1' };
    await expect(start({ token: double.token(), ...wrong })).rejects.toMatchObject({ code: 'dial_back_failed' });
    expect((await start(wrong)).nodeId).toBe('n1');
  });

  test('a scheduler that attaches nobody fails the first join of an agent that dials out', async () => {
    await expect(start({ token: double.token(), dialOut: true })).rejects.toThrow('The double attaches nobody.');
    expect(double.registered).toEqual([]);
  });

  test('a provider that this machine cannot run', async () => {
    await expect(start({ token: double.token(), provider: 'abacus' })).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringMatching(/^The engine does not start: .*no provider "abacus" here; it has cpu/) as string,
    });
  });

  test('an agent waits until the one before it has left their folder', async () => {
    const first = await start({ token: double.token() });
    let second: RunningAgent | undefined;
    const starting = start().then((agent) => (second = agent));
    await new Promise((later) => setTimeout(later, 500));
    expect(second).toBeUndefined();
    await first.close();
    expect((await starting).nodeId).toBe('n1');
  });

  test('another farm takes the node over', async () => {
    await (await start({ token: double.token() })).close();
    const other = await SchedulerDouble.start();
    try {
      const agent = await start({ join: other.address, token: other.token() });
      expect(other.registered).toHaveLength(1);
      await agent.close();
    } finally {
      await other.close();
    }
  });
});

describe('the session', () => {
  test('Hello tells what the node is', async () => {
    const agent = await start({ token: double.token() });
    const hello = await double.until('hello');
    expect(hello).toMatchObject({ protocol: 1, attemptIds: [], spool: [] });
    expect(hello.features).toContain('sampler.ddim');
    expect(hello.slots).toHaveLength(1);
    expect(await (await fetch(`http://${agent.metricsAddress}/metrics`)).text()).toContain(
      'atelier_agent_spool_files 0',
    );
  });

  test('only a scheduler may speak', async () => {
    const agent = await start({ token: double.token() });
    const node = await double.authority.createCredentials({ role: 'node', id: 'n1' });
    await expect(double.dial(agent.grpcAddress, node)).rejects.toMatchObject({
      details: 'unauthenticated: Expected a scheduler, but the peer is the node n1.',
    });
  });

  test('a lower term is refused, also after a restart; a higher one takes over', async () => {
    const agent = await start({ token: double.token() });
    double.term = 5;
    await double.dial(agent.grpcAddress);
    double.term = 4;
    await expect(double.dial(agent.grpcAddress)).rejects.toMatchObject({
      details: 'superseded: This node obeys term 5; a scheduler of term 4 no longer leads.',
    });
    await agent.close();
    double.dials = false;
    const again = await start();
    await expect(double.dial(again.grpcAddress)).rejects.toMatchObject({ code: 10 });
    double.term = 6;
    await double.dial(again.grpcAddress);
  });

  test('a node whose session broke registers again', async () => {
    await start({ token: double.token() });
    double.hangUp();
    const before = double.registered.length;
    await expect.poll(() => double.registered.length).toBeGreaterThan(before);
  });

  test('what cannot be done is refused in a sentence', async () => {
    const agent = await start({ token: double.token() });
    await double.until('hello');
    const value = { assignmentId: 'x', slotId: 'slot-9', leases: [lease('a1')], residencyKey: '' };
    double.order({ $case: 'assignment', value });
    expect(await double.until('acceptance')).toMatchObject({
      attemptIds: ['a1'],
      accepted: false,
      cause: agentProto.FailureCause.FAILURE_CAUSE_UNSUPPORTED,
      message: 'This node has no slot slot-9; it has slot-0.',
    });
    for (const [id, change, message] of [
      ['a2', {}, /^The checkpoint postcard \(0000000000\) is in no model folder of this node\.$/],
      ['a3', { requiredFeatures: ['teleport'] }, /^This agent's engine lacks teleport\.$/],
    ] satisfies [string, Partial<agentProto.RenderRequest>, RegExp][]) {
      double.assign(lease(id, change));
      const { accepted, message: said } = await double.until('acceptance', ({ attemptIds }) => attemptIds[0] === id);
      expect(accepted).toBe(false);
      expect(said).toMatch(message);
    }
    expect(agent.nodeId).toBe('n1');
  });

  test('a silent scheduler loses the session', async () => {
    double.leaseSeconds = 1;
    double.beats = false;
    await start({ token: double.token() });
    await double.until('hello');
    await expect
      .poll(() => double.ended)
      .toContain('unavailable: The scheduler was silent for 1 s; the agent ended the session.');
  });

  test('every revocation is answered', async () => {
    await start({ token: double.token() });
    await double.until('hello');
    double.order({ $case: 'revocation', value: { attemptIds: ['unknown'], reason: 'The job was cancelled.' } });
    expect(await double.until('attemptFailed')).toEqual({
      attemptId: 'unknown',
      cause: agentProto.FailureCause.FAILURE_CAUSE_REVOKED,
      message: 'The job was cancelled.',
    });
  });
});
