/** The page on a large farm: 1,000 nodes at work and 100,000 pictures, in Chromium, on this machine. */
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../support/chromium.js';
import { startFarm, type RunFile } from '../support/farm.js';
import { goal, quantile, type Benchmark } from './harness.js';
import { serveBarePage } from './page/bare-page.js';
import { fillPictures, startNodes } from './page/fill.js';
import { firstViewMs, heapMib, interactionsOf, scriptKib as scriptKibOf, tasksOf } from './page/measures.js';

const firstViews = 5;
/** Of those that are told beside it. */
const otherViews = 3;
/** The full measure of memory takes ten minutes; the usual run ends sooner and says so. */
const usualMinutes = 1;
const fullMinutes = 10;
const busyWithinMs = 180_000;

export const page: Benchmark = {
  name: 'page',
  about: 'dashboard with 1,000 nodes and 100,000 pictures (--nodes, --pictures, --minutes of memory)',
  async run(options) {
    const nodes = Number(options.nodes ?? 1000);
    const pictures = Number(options.pictures ?? 100_000);
    const minutes = Number(options.minutes ?? usualMinutes);
    const farm = await startFarm({ agents: 0 });
    const note = (text: string) => console.error(`${text} (${Math.round(performance.now() / 1000)} s)`);
    let browser: Browser | undefined;
    let agents: Awaited<ReturnType<typeof startNodes>> = [];
    try {
      await fillPictures(farm.run(), pictures);
      note(`${pictures} pictures are in the database`);
      agents = await startNodes(farm.run(), nodes);
      await keepBusy(farm.run(), nodes);
      note(`${nodes} nodes are at work`);
      browser = await launchChromium();
      return await measure(browser, farm.run(), { nodes, pictures, minutes, note });
    } finally {
      await browser?.close();
      for (const agent of agents) agent.pull();
      await farm.stop();
    }
  },
};

/** A job that gives every node a picture, and every slot one to come. */
async function keepBusy({ api }: RunFile, nodes: number): Promise<void> {
  const batch = {
    kind: 'Batch',
    name: 'at work',
    model: 'postcard',
    prompts: ['a boat'],
    reproducible: true,
    matrix: { seed: { from: 1, count: nodes * 3 } },
  };
  const answer = await fetch(`${api}/api/v1/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(batch),
  });
  if (!answer.ok) throw new Error(`POST /jobs answered ${answer.status}: ${await answer.text()}`);
  for (const until = Date.now() + busyWithinMs; Date.now() < until;) {
    const { queue } = (await (await fetch(`${api}/api/v1/farm`)).json()) as { queue: { runningTasks: number } };
    if (queue.runningTasks >= nodes) return;
    await new Promise((wait) => setTimeout(wait, 250));
  }
  throw new Error(`${nodes} nodes were not at work within ${busyWithinMs / 1000} s`);
}

interface Scene {
  nodes: number;
  pictures: number;
  minutes: number;
  note: (text: string) => void;
}

async function measure(browser: Browser, { api }: RunFile, { nodes, pictures, minutes, note }: Scene) {
  // The first one of all reads from a cold server.
  const scriptKib = await scriptKibOf(browser, api);
  const viewMs = await medianView(browser, api, firstViews);
  const bare = await serveBarePage(api);
  const bareMs = await medianView(browser, bare.url, otherViews).finally(bare.close);
  const fresh = await launchChromium({ addressBar: true });
  const windowMs = await medianView(fresh, api, otherViews).finally(() => fresh.close());
  note('the first view is measured');

  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const tab = await context.newPage();
  await tab.goto(`${api}/pictures`);
  await tab.getByRole('grid').locator('img').first().waitFor();
  const tasks = await tasksOf(tab, () => scroll(tab));
  note('scrolling is measured');

  await tab.goto(`${api}/?view=table`);
  await tab.getByRole('row').nth(5).waitFor();
  const [events, interactions] = await Promise.all([countEvents(api, 5), interactionsOf(tab, () => interact(tab))]);
  note('interactions are measured');

  const heap = await watchMemory(tab, minutes);
  await context.close();
  const inp = interactions.length === 0 ? null : quantile(interactions, 0.98);
  const grown = (100 * (heap.last - heap.first)) / heap.first;
  const partly = minutes >= fullMinutes ? '' : ` in ${minutes} min (the full measure: --minutes ${fullMinutes})`;
  return {
    rows: [
      {
        nodes,
        pictures,
        'first view ms': viewMs,
        'while the window opens ms': windowMs,
        'bare page ms': bareMs,
        'script KiB gzip': scriptKib,
        'scroll: longest task ms': Math.max(...tasks.map(({ ms }) => ms)),
        'scroll: longest CPU ms': Math.max(...tasks.map(({ cpuMs }) => cpuMs)),
        'scroll: p99 task ms': quantile(
          tasks.map(({ ms }) => ms),
          0.99,
        ),
        'events/s': events,
        'INP ms': inp,
        'heap MiB first': heap.first,
        'heap MiB last': heap.last,
        minutes,
      },
    ],
    goals: [
      goal({
        name: 'first view',
        value: viewMs,
        unit: 'ms',
        op: '<=',
        goal: 1000,
        peer: {
          name: 'bare page of the same rows and pictures in Chromium',
          version: browser.version(),
          value: bareMs,
        },
      }),
      goal({ name: 'script at first load, gzipped', value: scriptKib, unit: 'KiB', op: '<=', goal: 350 }),
      goal({
        name: 'longest main-thread task while scrolling',
        value: Math.max(...tasks.map(({ ms }) => ms)),
        unit: 'ms',
        op: '<=',
        goal: 50,
      }),
      goal({
        name: 'events while interacting',
        value: events,
        unit: '1/s',
        op: '>=',
        goal: Math.min(200, nodes / 5) * 0.95,
      }),
      goal({ name: 'INP under these events', value: inp, unit: 'ms', op: '<=', goal: 100 }),
      goal({ name: `growth of memory${partly}`, value: grown, unit: '%', op: '<=', goal: 10 }),
    ],
  };
}

/** The middle one of `times` first views after one that does not count, in which the browser itself begins. */
async function medianView(browser: Browser, url: string, times: number): Promise<number> {
  await firstViewMs(browser, url);
  const views: number[] = [];
  for (let i = 0; i < times; i++) views.push(await firstViewMs(browser, url));
  return quantile(views, 0.5);
}

/** Wheels down for a while, then jumps through the whole list. */
async function scroll(tab: Page): Promise<void> {
  await tab.mouse.move(640, 400);
  for (let i = 0; i < 150; i++) {
    await tab.mouse.wheel(0, 160);
    await tab.waitForTimeout(16);
  }
  for (let i = 1; i <= 10; i++) {
    await tab.evaluate((share) => {
      const { scrollTo, document } = globalThis as unknown as {
        scrollTo(x: number, y: number): void;
        document: { documentElement: { scrollHeight: number } };
      };
      scrollTo(0, document.documentElement.scrollHeight * share);
    }, i / 10);
    await tab.waitForTimeout(250);
  }
}

/** Chooses nodes, opens and closes the palette, types a filter. */
async function interact(tab: Page): Promise<void> {
  for (let i = 0; i < 12; i++) {
    await tab
      .getByRole('row')
      .nth(2 + i)
      .getByRole('checkbox')
      .click();
    await tab.waitForTimeout(120);
  }
  for (let i = 0; i < 4; i++) {
    await tab.keyboard.press('Control+k');
    await tab.waitForTimeout(150);
    await tab.keyboard.type('no');
    await tab.keyboard.press('Escape');
    await tab.waitForTimeout(150);
  }
  await tab.getByLabel('Find nodes').click();
  await tab.keyboard.type('node-00', { delay: 80 });
  await tab.waitForTimeout(600);
}

/** Events a second that a reader of the farm's stream gets. */
async function countEvents(api: string, seconds: number): Promise<number> {
  const stop = new AbortController();
  const answer = await fetch(`${api}/api/v1/events`, { signal: stop.signal });
  // A message may come in two pieces: they are told apart when all have come.
  let stream = '';
  const started = performance.now();
  const timer = setTimeout(() => stop.abort(), seconds * 1000);
  try {
    const text = answer.body!.pipeThrough(new TextDecoderStream());
    for await (const piece of text) stream += piece;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  }
  clearTimeout(timer);
  return (stream.match(/^event: /gm) ?? []).length / ((performance.now() - started) / 1000);
}

async function watchMemory(tab: Page, minutes: number): Promise<{ first: number; last: number }> {
  const cdp = await tab.context().newCDPSession(tab);
  await tab.waitForTimeout(3000);
  const first = await heapMib(cdp);
  await tab.waitForTimeout(minutes * 60_000);
  const last = await heapMib(cdp);
  await cdp.detach();
  return { first, last };
}
