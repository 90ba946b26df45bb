/** An agent that nobody can dial: the farm reaches it through the stream that it opens. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobView, NodeLogView, NodeView, Page } from '@atelier/contracts';
import { submit } from '../faults/ask.js';
import { batchOf, modelFolder } from '../faults/batch.js';
import { startCommand, type Child } from '../faults/farm/child.js';
import { atelier } from '../support/cli.js';
import { freePort } from '../support/farm.js';
import { gone } from '../support/processes.js';

const folder = mkdtempSync(join(tmpdir(), 'atelier-dial-out-'));
const env = { ATELIER_MODELS: modelFolder };
let scheduler: Child<{ api: string; grpc: string }>;
let agent: Child<{ nodeId: string }>;
let startScheduler: () => Promise<typeof scheduler>;

beforeAll(async () => {
  const [port, grpcPort] = [await freePort(), await freePort()];
  const at = ['--port', String(port), '--grpc-port', String(grpcPort), '--data', join(folder, 'scheduler')];
  startScheduler = () => startCommand(['scheduler', ...at], env);
  scheduler = await startScheduler();
  const { token } = (await (await fetch(`${scheduler.answer.api}/api/v1/tokens`, { method: 'POST' })).json()) as {
    token: string;
  };
  const args = ['--join', scheduler.answer.grpc, '--data', join(folder, 'agent'), '--threads', '1', '--dial-out'];
  agent = await startCommand(['agent', ...args], { ...env, ATELIER_JOIN_TOKEN: token });
});
afterAll(async () => {
  for (const child of [agent, scheduler]) child?.process.kill('SIGKILL');
  for (const child of [agent, scheduler]) await child?.exited;
  rmSync(folder, { recursive: true, force: true });
});

const get = async <T>(path: string) => (await (await fetch(`${scheduler.answer.api}/api/v1${path}`)).json()) as T;
const draw = async (name: string, firstSeed: number) => {
  const { id } = await submit(scheduler.answer.api, batchOf(name, firstSeed, 4), name);
  await expect
    .poll(async () => (await get<JobView>(`/jobs/${id}`)).state, { timeout: 120_000, interval: 250 })
    .toBe('completed');
};

test('draws, and has no address that could be dialled', async () => {
  await draw('before', 1);
  const { items } = await get<Page<NodeView>>('/nodes');
  expect(items).toMatchObject([{ id: agent.answer.nodeId, state: 'ready', address: '' }]);
  const log = await get<Page<NodeLogView>>(`/nodes/${agent.answer.nodeId}/logs`);
  expect(log.items.map(({ message }) => message)).toContain('the agent serves');
});

test('comes back to a scheduler that was killed and started again', async () => {
  scheduler.process.kill('SIGKILL');
  await gone(scheduler.process.pid!);
  scheduler = await startScheduler();
  await draw('after', 101);
});

test('is refused an address beside it', async () => {
  const { code, stderr } = await atelier(['agent', '--join', '127.0.0.1:1', '--dial-out', '--advertise', 'here:7862']);
  expect([code, stderr]).toEqual([2, expect.stringContaining('leave out --advertise or --dial-out')]);
});
