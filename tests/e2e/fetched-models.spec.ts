/** A node that has no models: it fetches what it draws with from the scheduler's machine. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobView, NodeView, Page } from '@atelier/contracts';
import { submit } from '../faults/ask.js';
import { batchOf, modelFolder } from '../faults/batch.js';
import { startCommand, type Child } from '../faults/farm/child.js';
import { freePort } from '../support/farm.js';

const folder = mkdtempSync(join(tmpdir(), 'atelier-fetched-models-'));
const empty = mkdtempSync(join(tmpdir(), 'atelier-no-models-'));
let scheduler: Child<{ api: string; grpc: string }>;
let agent: Child<{ nodeId: string }>;

beforeAll(async () => {
  const [port, grpcPort] = [await freePort(), await freePort()];
  const at = ['--port', String(port), '--grpc-port', String(grpcPort), '--data', join(folder, 'scheduler')];
  scheduler = await startCommand(['scheduler', ...at], { ATELIER_MODELS: modelFolder });
  const response = await fetch(`${scheduler.answer.api}/api/v1/tokens`, { method: 'POST' });
  const { token } = (await response.json()) as { token: string };
  const args = ['--join', scheduler.answer.grpc, '--data', join(folder, 'agent'), '--threads', '1'];
  agent = await startCommand(['agent', ...args], { ATELIER_MODELS: empty, ATELIER_JOIN_TOKEN: token });
});
afterAll(async () => {
  for (const child of [agent, scheduler]) child?.process.kill('SIGKILL');
  for (const child of [agent, scheduler]) await child?.exited;
  for (const each of [folder, empty]) rmSync(each, { recursive: true, force: true });
});

const get = async <T>(path: string) => (await (await fetch(`${scheduler.answer.api}/api/v1${path}`)).json()) as T;
/** The agent makes the folder when something comes. */
const fetched = () => {
  const models = join(folder, 'agent', 'models');
  return existsSync(models) ? readdirSync(models) : [];
};

test("draws a batch whose model lies on the scheduler's machine alone, and has the model from then on", async () => {
  await expect.poll(async () => (await get<Page<NodeView>>('/nodes')).items[0]?.state).toBe('ready');
  expect(fetched()).toEqual([]);
  const { id } = await submit(scheduler.answer.api, batchOf('fetched', 1, 4), 'fetched');
  await expect
    .poll(async () => (await get<JobView>(`/jobs/${id}`)).state, { timeout: 120_000, interval: 250 })
    .toBe('completed');
  expect(fetched()).toEqual([expect.stringMatching(/^model-[0-9a-f]{12}$/)]);
});
