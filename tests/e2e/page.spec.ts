/** A person's paths through the page, on a real farm that draws with the demo model. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchChromium } from '../support/chromium.js';
import { root, startFarm, type Farm } from '../support/farm.js';
import { copyGoldenModels } from '../support/golden-models.js';
import { gone } from '../support/processes.js';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Beside the demo model a tiny one that draws clips. */
let clipModels: string;
let farm: Farm;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let errors: string[];
/** Calls of the REST interface that the page has made in all tests. */
const calls = new Set<string>();

const env = () => ({ ATELIER_MODELS: [join(root, 'models'), clipModels].join(delimiter) });

beforeAll(async () => {
  clipModels = mkdtempSync(join(tmpdir(), 'atelier-clips-'));
  copyGoldenModels(clipModels, ['tiny', 'tiny-motion']);
  farm = await startFarm({ agents: 2, env: env() });
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  await farm?.stop();
  rmSync(clipModels, { recursive: true, force: true });
});
beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
  page = await context.newPage();
  page.setDefaultTimeout(60_000);
  errors = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith('/api/')) calls.add(`${request.method()} ${pathname}`);
  });
});
afterEach(async () => {
  await context.close();
});

const open = (path: string) => page.goto(farm.run().api + path);
const text = async () => (await page.locator('main').innerText()).replace(/\s+/g, ' ');
const poll = <T>(value: () => Promise<T> | T, timeout = 60_000) => expect.poll(value, { timeout, interval: 100 });
const shown = (words: string, timeout?: number) => poll(text, timeout).toContain(words);
const pictures = () => page.getByRole('grid').locator('a > img').count();
const api = async <T>(path: string, body?: object): Promise<T> => {
  const answer = await fetch(`${farm.run().api}/api/v1${path}`, {
    ...(body && { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  return (await answer.json()) as T;
};
const submit = async (name: string, count: number, change: object = {}) =>
  api<{ id: string }>('/jobs', {
    kind: 'Batch',
    name,
    model: 'postcard',
    sampler: 'euler',
    steps: 4,
    prompts: ['a red house at noon'],
    matrix: { seed: { from: 1, count } },
    ...change,
  });
const jobOf = (id: string) => api<{ state: string; counts: { cancelled: number; succeeded: number } }>(`/jobs/${id}`);

/** What axe finds wrong on the page as it is, one line each. */
async function violations(): Promise<string[]> {
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const found = await axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
  });
}

describe('from a prompt to the picture', () => {
  it('submits by the form, watches the sheet fill, finds, marks, compares, recalls and takes back a deletion', async () => {
    await open('/jobs/new');
    const editor = page.getByRole('textbox', { name: 'Batch (YAML)' });
    await poll(() => editor.innerText()).toContain('model: postcard');
    await page.getByLabel('prompts').fill('a {red|blue} sailboat at noon');
    await page.getByLabel('name').fill('regatta');
    await page.getByLabel('steps', { exact: true }).fill('4');
    await poll(() => editor.innerText()).toContain('steps: 4');
    await shown('8 pictures');
    await page.getByRole('button', { name: 'Submit' }).click();

    await page.getByRole('heading', { name: 'regatta' }).waitFor();
    await poll(pictures, 60_000).toBe(8);
    await shown('8 of 8 made');
    await page.getByRole('tab', { name: 'Grid' }).click();
    await poll(() => page.locator('table img').count()).toBe(8);
    await page.getByRole('tab', { name: 'Timeline' }).click();
    await shown('denoise');

    await open('/pictures');
    await page.getByLabel('Search prompts').fill('blue sailboat');
    await poll(pictures).toBe(4);
    await poll(() => page.url()).toContain('text=blue');
    await page.getByRole('grid').locator('a').first().focus();
    await page.keyboard.press('.');
    await page.getByRole('grid').getByText('Starred').waitFor({ state: 'attached' });
    await page.getByRole('button', { name: 'Starred' }).click();
    await poll(pictures).toBe(1);
    await page.getByRole('button', { name: 'Starred' }).click();
    await poll(pictures).toBe(4);

    await page.getByRole('grid').locator('a').first().focus();
    await page.keyboard.press('x');
    await page.keyboard.press('ArrowRight');
    await poll(() => page.evaluate('document.activeElement.getAttribute("data-cell")')).toBe('1');
    await page.keyboard.press('x');
    await page.keyboard.press('c');
    await page.getByRole('slider').waitFor();
    await shown('What was asked for differently');
    await page.getByText('Difference', { exact: true }).click();
    await poll(() => page.url()).toContain('mode=difference');

    await open('/pictures?text=blue+sailboat');
    await poll(pictures).toBe(4);
    await page.getByRole('grid').locator('a').first().click();
    await page.getByRole('button', { name: 'Seed', exact: true }).waitFor();
    await page.keyboard.press('a');
    await page.getByRole('heading', { name: 'New job' }).waitFor();
    await poll(() => editor.innerText()).toContain('a blue sailboat at noon');
    await shown('1 picture');

    await open('/pictures?text=blue+sailboat');
    await poll(pictures).toBe(4);
    await page.getByRole('grid').locator('a').first().focus();
    await page.keyboard.press('Delete');
    await poll(pictures).toBe(3);
    await page.getByRole('button', { name: 'Undo' }).click();
    await poll(pictures).toBe(4);
    expect(errors).toEqual([]);
  });

  it('draws one picture at once', async () => {
    await open('/play');
    await page.getByLabel('prompt', { exact: true }).fill('a white lighthouse at night');
    await page.getByLabel('steps').fill('4');
    await page.getByRole('button', { name: 'Draw' }).click();
    await page.locator('figure a img').waitFor({ timeout: 60_000 });
    expect(errors).toEqual([]);
  });
});

it('reads at first what its document names, and nothing twice', async () => {
  const { id } = await submit('to be seen', 2);
  await poll(async () => (await jobOf(id)).state).toBe('completed');
  await open('/');
  await page.locator('main li img').first().waitFor();
  const [named, read] = await page.evaluate(() => {
    const { document, performance } = globalThis as unknown as {
      document: { querySelectorAll(of: string): Iterable<{ href: string }> };
      performance: { getEntriesByType(type: string): { name: string }[] };
    };
    return [
      Array.from(document.querySelectorAll('link[rel=preload][as=fetch]'), ({ href }) => href),
      performance.getEntriesByType('resource').map(({ name }) => name),
    ] as const;
  });
  expect(named).toHaveLength(4);
  expect(read.filter((address) => /\/api\/v1\/(farm|nodes|results|jobs)(\?|$)/.test(address)).sort()).toEqual(
    named.toSorted(),
  );
  expect(errors).toEqual([]);
});

it('takes back a bulk action', async () => {
  const [first, second] = [await submit('night shift 1', 400), await submit('night shift 2', 400)];
  await open('/jobs?q=night+shift');
  await poll(() => page.getByRole('checkbox').count()).toBe(2);
  await page.getByRole('button', { name: 'Choose all that are found' }).click();
  await page.getByRole('toolbar').getByRole('button', { name: 'Cancel' }).click();
  const dialog = page.getByRole('dialog', { name: 'Cancel 2 jobs?' });
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await poll(async () => (await jobOf(first.id)).state).toMatch(/cancel/);
  await page.getByRole('button', { name: 'Undo' }).click();
  for (const { id } of [first, second])
    await poll(async () => ((await jobOf(id)).counts.cancelled === 0 ? (await jobOf(id)).state : 'cancelled')).toMatch(
      /queued|running/,
    );
  await page.getByText('Taken back.').waitFor();
  await api(`/jobs:bulk`, { action: 'cancel', jobs: { ids: [first.id, second.id] } });
  expect(errors).toEqual([]);
});

it('shows a node that is pulled, and its return', async () => {
  const [agent] = farm.run().agents;
  const { name } = await api<{ name: string }>(`/nodes/${agent!.nodeId}`);
  await open('/?view=table');
  const row = page.getByRole('row').filter({ hasText: name });
  await poll(() => row.innerText()).toContain('ready');
  process.kill(agent!.pid, 'SIGKILL');
  await poll(() => row.innerText()).toContain('offline');
  await poll(() => row.innerText(), 60_000).toContain('ready');
  expect(errors).toEqual([]);
});

describe('what an operator decides', () => {
  afterEach(() => fetch(`${farm.run().api}/api/v1/farm:resume`, { method: 'POST' }));
  const farmPaused = async () => (await api<{ paused: boolean }>('/farm')).paused;

  it('is that the farm begins nothing, until it goes on', async () => {
    await open('/');
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await poll(farmPaused).toBe(true);
    const { id } = await submit('while it rests', 1);
    await open(`/jobs/${id}`);
    await shown('queued');
    await open('/');
    await page.getByRole('button', { name: 'Go on', exact: true }).click();
    await poll(farmPaused).toBe(false);
    await poll(async () => (await jobOf(id)).state).toBe('completed');
    expect(errors).toEqual([]);
  });

  it('is what one node may do', async () => {
    type Limits = { paused: boolean; tags: string[]; watts: number | null; hours: string | null };
    const { nodeId } = farm.run().agents[0]!;
    const limits = async () => (await api<{ limits: Limits }>(`/nodes/${nodeId}`)).limits;
    await open(`/nodes/${nodeId}`);
    const edit = async (field: string, value: string) => {
      await page.getByRole('button', { name: 'Limits' }).click();
      await page.getByRole('dialog').getByLabel(field, { exact: true }).fill(value);
    };
    await edit('works from-to', 'at night');
    expect(await violations()).toEqual([]);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').getByText('hours are from-to, such as 20:00-07:30').waitFor();
    await page.getByRole('dialog').getByLabel('works from-to').fill('');
    await page.getByRole('dialog').getByLabel('tags', { exact: true }).fill('quiet, large');
    await page.getByRole('dialog').getByLabel('draws at most', { exact: true }).fill('300');
    await page.getByRole('button', { name: 'Save' }).click();
    await poll(limits).toMatchObject({ tags: ['quiet', 'large'], watts: 300, hours: null });
    await shown('quiet, large');
    await shown('300 W');
    await edit('draws at most', '');
    await page.getByRole('button', { name: 'Save' }).click();
    await poll(async () => (await limits()).watts).toBe(null);

    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await poll(async () => (await limits()).paused).toBe(true);
    await page.getByRole('button', { name: 'Go on', exact: true }).click();
    await poll(async () => (await limits()).paused).toBe(false);
    expect(errors.filter((error) => !error.includes('400'))).toEqual([]);
  });

  it('is what a project may have, and what becomes of its flagged pictures', async () => {
    type Share = { name: string; weight: number; budgetSeconds: number | null; safety: string | null };
    await fetch(`${farm.run().api}/api/v1/projects/atlas`, {
      method: 'PATCH',
      body: JSON.stringify({ weight: 1 }),
      headers: { 'content-type': 'application/json' },
    });
    const share = async () => (await api<{ items: Share[] }>('/projects')).items.find(({ name }) => name === 'atlas');
    await open('/settings');
    await page.getByLabel('weight of atlas').fill('2.5');
    await page.getByLabel('weight of atlas').press('Enter');
    await poll(share).toMatchObject({ weight: 2.5, budgetSeconds: null, safety: null });
    await page.getByLabel('budget (hours) of atlas').fill('10');
    await page.getByLabel('flagged pictures of atlas').focus();
    await poll(share).toMatchObject({ weight: 2.5, budgetSeconds: 36_000 });
    await page.getByLabel('flagged pictures of atlas').selectOption('not looked for');
    await poll(share).toMatchObject({ safety: 'off' });
    expect(errors).toEqual([]);
    // This farm has nothing that could judge them.
    await page.getByLabel('flagged pictures of atlas').selectOption('withheld');
    await page.getByText('The farm has no safety checker').waitFor();
    await poll(() => page.getByLabel('flagged pictures of atlas').inputValue()).toBe('off');
  });

  it('is what the nodes of a chassis may draw together', async () => {
    type Chassis = { id: string; wattBudget: number | null };
    const { nodeId } = farm.run().agents[0]!;
    const place = (chassis: string | null) =>
      fetch(`${farm.run().api}/api/v1/nodes/${nodeId}`, {
        method: 'PATCH',
        body: JSON.stringify({ chassis }),
        headers: { 'content-type': 'application/json' },
      });
    const budget = async () => (await api<{ items: Chassis[] }>('/chassis')).items[0]?.wattBudget;
    await place('rack-1');
    await open('/settings');
    const field = page.getByLabel('budget (watts) of rack-1');
    await field.fill('1000');
    await field.press('Enter');
    await poll(budget).toBe(1000);
    await shown('750 W');
    await field.fill('');
    await field.press('Enter');
    await poll(budget).toBe(null);
    await place(null);
    expect(errors).toEqual([]);
  });

  it('is which job comes first', async () => {
    const { id } = await submit('in a hurry', 400);
    await open(`/jobs/${id}`);
    await page.getByLabel('Priority').selectOption('high priority');
    await poll(async () => (await api<{ priority: number }>(`/jobs/${id}`)).priority).toBe(100);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await poll(async () => (await jobOf(id)).state).toBe('cancelled');
    expect(errors).toEqual([]);
  });
});

describe('a clip', () => {
  const clip = async (format: string) => {
    const frames = { motion: 'tiny-motion', count: 3, format };
    const { id } = await submit(`clip as ${format}`, 1, { model: 'tiny', size: '64x64', frames });
    await poll(async () => (await jobOf(id)).state).toBe('completed');
    return id;
  };

  it('stands still until one points at it, and moves on its own page', async () => {
    const id = await clip('gif');
    await open(`/pictures?job=${id}`);
    const small = page.getByRole('grid').locator('a > img');
    await poll(() => small.getAttribute('src')).toMatch(/thumbnail$/);
    await small.hover();
    await poll(() => small.getAttribute('src')).toMatch(/content$/);
    await page.mouse.move(0, 0);
    await poll(() => small.getAttribute('src')).toMatch(/thumbnail$/);
    await small.click();
    await poll(() =>
      page.locator('main img[src$="/content"]').evaluate((image) => Reflect.get(image, 'naturalWidth')),
    ).toBe(64);
    expect(errors).toEqual([]);
  });

  it.skipIf(spawnSync('ffmpeg', ['-version']).status !== 0)('as a film plays', async () => {
    const id = await clip('mp4');
    await open(`/pictures?job=${id}`);
    const state = (video: string, what: string) =>
      page.locator(video).evaluate((film, name) => Reflect.get(film, name), what);
    await poll(() => state('[role=grid] video', 'videoWidth')).toBe(64);
    await page.getByRole('grid').locator('video').hover();
    await poll(() => state('[role=grid] video', 'currentTime')).toBeGreaterThan(0.01);
    await page.getByRole('grid').locator('a').click();
    // Nothing moves by itself for somebody who wants no motion.
    await poll(() => state('video[controls]', 'paused')).toBe(true);
    await page.locator('video[controls]').evaluate((film) => (film as unknown as { play(): Promise<void> }).play());
    await poll(() => state('video[controls]', 'currentTime')).toBeGreaterThan(0.01);
    expect(errors).toEqual([]);
  });
});

describe.each(['dark', 'light'] as const)('in %s colours', (scheme) => {
  it('has nothing that axe objects to', async () => {
    const { id } = await submit(`for axe in ${scheme}`, 3, { prompts: ['a {red|blue} house'] });
    await poll(async () => (await jobOf(id)).state, 60_000).toBe('completed');
    await page.addInitScript(`localStorage.setItem('mantine-color-scheme-value', '${scheme}')`);
    const [node] = (await api<{ items: { id: string }[] }>('/nodes')).items;
    const found: Record<string, string[]> = {};
    for (const path of [
      '/',
      '/?view=table',
      `/nodes/${node!.id}`,
      '/jobs',
      `/jobs/${id}`,
      `/jobs/${id}?tab=grid`,
      `/jobs/${id}?tab=timeline`,
      `/jobs/${id}?tab=batch`,
      '/jobs/new',
      '/pictures?starred=true',
      '/pictures',
      `/pictures/${id}/0`,
      `/compare?a=${id}:0&b=${id}:1`,
      '/play',
      '/models',
      '/join',
      '/settings',
    ]) {
      await open(path);
      await page.locator('main h1, main h2').first().waitFor();
      await poll(() => page.getByText(/^Reading /).count()).toBe(0);
      const wrong = await violations();
      if (wrong.length > 0) found[path] = wrong;
    }
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Go to or do …' }).waitFor();
    found.palette = await violations();
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    found.sheet = await violations();
    expect(found).toEqual({ palette: [], sheet: [] });
    expect(errors).toEqual([]);
  }, 600_000);
});

it('speaks Chinese', async () => {
  await page.addInitScript(`localStorage.setItem('atelier-language', 'zh')`);
  await open('/jobs');
  await page.getByRole('heading', { name: '作业' }).waitFor();
  expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN');
  expect(errors).toEqual([]);
});

it('says that it is cut off when the farm dies, and goes on when it is back', async () => {
  const { id } = await submit('before the storm', 2);
  await poll(async () => (await jobOf(id)).state, 60_000).toBe('completed');
  await open('/jobs');
  await shown('before the storm');
  const { dataDir } = farm;
  const port = Number(new URL(farm.run().api).port);
  const agents = farm.run().agents.map(({ pid }) => pid);
  farm.process.kill('SIGKILL');
  await page.getByRole('alert').getByText('The scheduler does not answer').waitFor();
  // Its agents notice and end: two on one folder would take the session from each other.
  await Promise.all(agents.map(gone));
  const dead = farm;
  farm = await startFarm({ agents: 2, dataDir, port, env: env() });
  await submit('after the storm', 1);
  await shown('after the storm', 60_000);
  await poll(() => page.getByRole('alert').count()).toBe(0);
  await farm.stop();
  farm = dead;
});

it('calls nothing that the OpenAPI document does not describe', async () => {
  expect(calls.size).toBeGreaterThan(20);
  const document = JSON.parse(openApi) as { paths: Record<string, Record<string, unknown>> };
  const known = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => {
      const pattern = path.replaceAll(/[.:]/g, '\\$&').replaceAll(/\{[^}]+\}/g, '[^/:]+');
      return new RegExp(`^${method.toUpperCase()} ${pattern}$`);
    }),
  );
  expect([...calls].filter((call) => !known.some((pattern) => pattern.test(call)))).toEqual([]);
});

let openApi = '';
beforeAll(async () => {
  openApi = await (await fetch(`${farm.run().api}/api/openapi.json`)).text();
});
