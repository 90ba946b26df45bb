/** What Chromium says of the page: time to the first view, script, frames, interactions, memory. */
import { gzipSync } from 'node:zlib';
import type { Browser, CDPSession, Page } from 'playwright-core';

/** Milliseconds from the request of the page until its nodes and newest pictures are drawn, in a browser that knows nothing. */
export async function firstViewMs(browser: Browser, url: string): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.addInitScript(tellWhenDrawn);
  const told = page.waitForEvent('console', { predicate: (message) => message.text().startsWith('drawn ') });
  const started = performance.timeOrigin + performance.now();
  await page.goto(url, { waitUntil: 'commit' });
  const drawnAt = Number((await told).text().slice('drawn '.length));
  await context.close();
  return drawnAt - started;
}

/**
 * Runs in the page: says when three rows of nodes and the first of the newest pictures have been painted, in ms since the
 * epoch. Asked from outside, the page would spend a tenth of a second on the questions.
 */
function tellWhenDrawn(): void {
  const { document, performance, requestAnimationFrame, setTimeout } = globalThis as unknown as PageScope;
  const look = () => {
    const row = document.querySelectorAll('[role=table] [role=row]')[2];
    const picture = document.querySelector('main li img');
    if (!row?.checkVisibility() || !picture?.naturalWidth) return void requestAnimationFrame(look);
    // What a frame finds in place is painted when the frame has ended.
    requestAnimationFrame(() =>
      setTimeout(() => console.debug(`drawn ${performance.timeOrigin + performance.now()}`), 0),
    );
  };
  look();
}

/** What `tellWhenDrawn` uses of a browser. */
interface PageScope {
  document: {
    querySelector(of: string): { naturalWidth: number } | null;
    querySelectorAll(of: string): { checkVisibility(): boolean }[];
  };
  performance: { timeOrigin: number; now(): number };
  requestAnimationFrame(run: () => void): void;
  setTimeout(run: () => void, ms: number): void;
}

/** KiB of script, gzipped, that the first view loads. A visit of its own: reading the script off costs a browser time. */
export async function scriptKib(browser: Browser, url: string): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const scripts: Promise<Buffer>[] = [];
  page.on('response', (response) => {
    if (response.request().resourceType() === 'script') scripts.push(response.body());
  });
  await page.goto(url, { waitUntil: 'commit' });
  await drawn(page);
  const bytes = (await Promise.all(scripts)).reduce((sum, body) => sum + gzipSync(body).length, 0);
  await context.close();
  return bytes / 1024;
}

/** Waits until nodes and newest pictures are there. */
async function drawn(page: Page): Promise<void> {
  await page.locator('[role=table] [role=row]').nth(2).waitFor();
  await page.waitForFunction(() => {
    const { document } = globalThis as unknown as {
      document: { querySelector(of: string): { naturalWidth: number } | null };
    };
    return (document.querySelector('main li img')?.naturalWidth ?? 0) > 0;
  });
}

interface TraceEvent {
  name: string;
  ph: string;
  ts: number;
  dur?: number;
  /** Of `dur`, how long the thread had a processor. */
  tdur?: number;
  pid: number;
  tid: number;
  args?: { name?: string };
}

/** How long a task of the main thread took, in ms: by the clock, and on a processor, which others' work does not lengthen. */
export interface MainThreadTask {
  ms: number;
  cpuMs: number;
}

/** Runs `work` and gives the page's main-thread tasks meanwhile, from Chromium's trace. */
export async function tasksOf(page: Page, work: () => Promise<void>): Promise<MainThreadTask[]> {
  const cdp = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  cdp.on('Tracing.dataCollected', ({ value }) => void events.push(...(value as unknown as TraceEvent[])));
  const complete = new Promise((done) => cdp.once('Tracing.tracingComplete', done));
  await cdp.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline'] },
  });
  await work();
  await cdp.send('Tracing.end');
  await complete;
  await cdp.detach();
  const main = new Set(
    events
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid}/${tid}`),
  );
  return events
    .filter(({ name, ph, pid, tid }) => name === 'RunTask' && ph === 'X' && main.has(`${pid}/${tid}`))
    .map(({ dur = 0, tdur = 0 }) => ({ ms: dur / 1000, cpuMs: tdur / 1000 }));
}

/** Durations in ms of the interactions (clicks, keys) that `work` makes, from input to the next paint. */
export async function interactionsOf(page: Page, work: () => Promise<void>): Promise<number[]> {
  await page.evaluate(() => {
    const scope = globalThis as unknown as {
      interactions: Map<number, number>;
      PerformanceObserver: new (
        see: (list: { getEntries(): { interactionId?: number; duration: number }[] }) => void,
      ) => {
        observe(options: object): void;
      };
    };
    scope.interactions = new Map();
    new scope.PerformanceObserver((list) => {
      for (const { interactionId, duration } of list.getEntries())
        if (interactionId)
          scope.interactions.set(interactionId, Math.max(duration, scope.interactions.get(interactionId) ?? 0));
    }).observe({ type: 'event', durationThreshold: 16, buffered: false });
  });
  await work();
  await page.waitForTimeout(300);
  return page.evaluate(() => [
    ...(globalThis as unknown as { interactions: Map<number, number> }).interactions.values(),
  ]);
}

/** MiB of live objects after a collection. */
export async function heapMib(cdp: CDPSession): Promise<number> {
  await cdp.send('HeapProfiler.collectGarbage');
  const { usedSize } = await cdp.send('Runtime.getHeapUsage');
  return usedSize / 2 ** 20;
}
