/** What operators decide and batches ask for, through REST to simulated agents: what is held, and why it says it is. */
import type { ChassisView, FarmView, NodeView, Page, ProjectView } from '@atelier/contracts';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { storeSizes } from '../../../../tests/support/stores.js';
import type { SimulatedAgent } from '../../../../tests/simulation/simulated-agent.js';
import { houses, TestFarm } from '../testing/test-farm.js';

const waiting = { timeout: 30_000, interval: 20 };
let farm: TestFarm;
let dispose: () => Promise<void>;

beforeAll(async () => {
  const database = await storeSizes[0]!.fresh();
  dispose = database.dispose;
  farm = await TestFarm.start(database.location);
});
afterAll(async () => {
  await farm?.close();
  await dispose?.();
});
afterEach(() => farm.pullAgents());

async function patch<T>(path: string, change: object): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(farm.url(path), { method: 'PATCH', headers, body: JSON.stringify(change) });
  if (!answer.ok) throw new Error(((await answer.json()) as { detail: string }).detail);
  return (await answer.json()) as T;
}
const limit = (agent: SimulatedAgent, change: object) => patch<NodeView>(`/nodes/${agent.identity.nodeId}`, change);
const ruleOf = async (id: string) => (await farm.job(id)).waitingRule;
const idle = async (agent: SimulatedAgent) =>
  (await farm.get<NodeView>(`/nodes/${agent.identity.nodeId}`)).slots[0]!.waitingFor;

test('a paused farm begins nothing, says so everywhere, and goes on', async () => {
  const agent = await farm.join();
  expect(await farm.post<FarmView>('/farm:pause')).toMatchObject({ status: 'paused', paused: true });
  const { id } = await farm.submit(houses(3));
  expect(await farm.job(id)).toMatchObject({ waitingRule: 'farm-paused', waitingFor: 'The farm is paused.' });
  expect(await idle(agent)).toBe('The farm is paused.');
  const { items } = await farm.get<Page<{ waitingFor: string }>>(`/jobs/${id}/tasks`);
  expect(items.map(({ waitingFor }) => waitingFor)).toEqual(Array(3).fill('The farm is paused.'));
  expect(agent.drawn).toBe(0);
  expect((await farm.post<FarmView>('/farm:resume')).paused).toBe(false);
  await farm.completed(id);
});

test.each([
  [{ paused: true }, { paused: false }, 'node-paused'],
  [{ hours: otherHours() }, { hours: null }, 'hours'],
])('a node that may not begin anything holds what only it could draw: %o', async (held, free, rule) => {
  const agent = await farm.join();
  expect((await limit(agent, held)).limits).toMatchObject(held);
  const { id } = await farm.submit(houses(2));
  await vi.waitFor(async () => expect(await ruleOf(id)).toBe(rule), waiting);
  expect(await idle(agent)).not.toBeNull();
  expect(agent.drawn).toBe(0);
  await limit(agent, free);
  await farm.completed(id);
});

test('a slot that is too hot begins nothing until it has cooled down', async () => {
  const agent = await farm.join({ temperatureCelsius: 90 });
  await limit(agent, { maximumCelsius: 80 });
  await vi.waitFor(async () => expect(await idle(agent)).toMatch(/too hot/), waiting);
  const { id } = await farm.submit(houses(1));
  expect(await ruleOf(id)).toBe('temperature');
  agent.readTemperature(70);
  await farm.completed(id);
});

test('an enclosure never draws more than its budget', async () => {
  let [begun, most] = [0, 0];
  const ended = () => farm.agents.reduce((sum, { drawn }) => sum + drawn, 0);
  const onTask = () => void (most = Math.max(most, ++begun - ended()));
  const agents = [await farm.join({ pictureMs: 40, onTask }), await farm.join({ pictureMs: 40, onTask })];
  for (const agent of agents) await limit(agent, { chassis: 'c1', watts: 300 });
  const views = await farm.get<Page<ChassisView>>('/chassis');
  expect(views.items).toMatchObject([{ id: 'c1', wattBudget: null, nodes: [{ watts: 300 }, { watts: 300 }] }]);

  expect(await patch('/chassis/c1', { wattBudget: 100 })).toMatchObject({ wattBudget: 100 });
  const { id } = await farm.submit(houses(4));
  await vi.waitFor(async () => expect(await ruleOf(id)).toBe('power-budget'), waiting);
  expect(await idle(agents[0]!)).toMatch(/watt budget/);
  await patch('/chassis/c1', { wattBudget: 500 });
  await farm.completed(id);
  expect(most).toBe(1);
  await patch('/chassis/c1', { wattBudget: null });
  await expect(patch('/chassis/nowhere', { wattBudget: 1 })).rejects.toThrow('No node stands in a chassis nowhere');
});

test('a batch is drawn where its requirements are met, and refused where no node could ever meet them', async () => {
  const plain = await farm.join();
  const tagged = await farm.join();
  await limit(tagged, { tags: ['fast'] });
  const { id } = await farm.submit(houses(6, { requires: { tags: ['fast'], gpu: 'SIMULATED', vram: 0.5 } }));
  await farm.completed(id);
  expect([plain.drawn, tagged.drawn]).toEqual([0, 6]);

  await expect(farm.submit(houses(1, { requires: { tags: ['slow'] } }))).rejects.toThrow(
    'what the batch requires: the tag slow.',
  );
  await expect(farm.submit(houses(1, { requires: { gpu: ['RTX 4070', 'A100'], vram: 12 } }))).rejects.toThrow(
    'RTX 4070 or A100, at least 12 GiB.',
  );
  // A node that could is known, but away: the batch waits for it, and says for what.
  tagged.pull();
  const later = await farm.submit(houses(1, { requires: { tags: ['fast'] } }));
  await vi.waitFor(async () => expect(await ruleOf(later.id)).toBe('requirements'), waiting);
  await farm.post(`/jobs/${later.id}:cancel`);
});

test('a picture for which somebody waits is drawn before the batch that came first', async () => {
  await farm.join({ pictureMs: 100 });
  const batch = await farm.submit(houses(40));
  await farm.until(batch.id, ({ counts }) => counts.running > 0);
  const picture = await farm.submit(houses(1, { interactive: true }));
  await farm.completed(picture.id);
  expect((await farm.job(batch.id)).counts.succeeded).toBeLessThan(40);
  await farm.post(`/jobs/${batch.id}:cancel`);
  await expect(farm.submit(houses(65, { interactive: true }))).rejects.toThrow('at most 64 pictures');
});

test('users share a project by their weights, and stop at their own budgets', async () => {
  await farm.join({ pictureMs: 20 });
  const of = (user: string) => ({ 'atelier-user': user });
  await patch('/projects/studio/users/ada', { budgetSeconds: 0 });
  const held = await farm.submit(houses(2, { project: 'studio' }), of('ada'));
  expect(held.submittedBy).toBe('ada');
  await farm.completed((await farm.submit(houses(2, { project: 'studio' }), of('ben'))).id);
  expect(await farm.job(held.id)).toMatchObject({ waitingRule: 'budget', counts: { succeeded: 0 } });
  const project = await patch<ProjectView>('/projects/studio/users/ada', { budgetSeconds: null, weight: 2 });
  expect(project.users).toMatchObject([{ name: 'ada', weight: 2 }, { name: 'ben' }]);
  await farm.completed(held.id);
  await expect(farm.submit(houses(1), of('a b'))).rejects.toThrow('Atelier-User is the name of a user');
});

test('users who both have work get pictures by their weights', async () => {
  await farm.join({ slots: 4, pictureMs: 60 });
  await patch('/projects/atlas/users/ada', { weight: 3 });
  await farm.post<FarmView>('/farm:pause');
  const submit = (user: string) =>
    farm.submit(houses(2000, { project: 'atlas', reproducible: true }), { 'atelier-user': user });
  const [ada, ben] = [await submit('ada'), await submit('ben')];
  await farm.post<FarmView>('/farm:resume');
  const made = async ({ id }: { id: string }) => (await farm.job(id)).counts.succeeded;
  const both = async () => (await made(ada)) + (await made(ben));
  await expect.poll(both, waiting).toBeGreaterThan(200);
  expect((await made(ada)) / (await both())).toBeCloseTo(0.75, 1);
  const { items } = await farm.get<Page<ProjectView>>('/projects');
  const used = new Map(items.find(({ name }) => name === 'atlas')!.users.map((user) => [user.name, user.usedSeconds]));
  expect(used.get('ada')! / (used.get('ada')! + used.get('ben')!)).toBeCloseTo(0.75, 1);
  for (const { id } of [ada, ben]) await farm.post(`/jobs/${id}:cancel`);
});

test('what was decided is kept over a restart', async () => {
  const { location, dispose } = await storeSizes[0]!.fresh();
  const before = await TestFarm.start(location);
  const agent = await before.join();
  await before.post('/farm:pause');
  const headers = { 'content-type': 'application/json' };
  await fetch(before.url(`/nodes/${agent.identity.nodeId}`), { method: 'PATCH', headers, body: '{"tags":["fast"]}' });
  await before.close();
  const after = await TestFarm.start(location);
  expect((await after.get<FarmView>('/farm')).paused).toBe(true);
  expect((await after.get<Page<NodeView>>('/nodes')).items[0]!.limits.tags).toEqual(['fast']);
  await after.close();
  await dispose();
});

/** An hour that does not begin or end within the next hours. */
function otherHours(): string {
  const hour = (new Date().getHours() + 12) % 24;
  const text = (value: number) => String(value).padStart(2, '0');
  return `${text(hour)}:00-${text(hour)}:30`;
}
