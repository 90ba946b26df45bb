/** The built page in Chromium, under the policy that the scheduler sends, on a simulated farm. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchChromium } from '../tests/chromium.js';
import { serveFakeFarm, type FakeApi } from '../tests/fake-api.js';
import { FakeFarm } from '../tests/fake-farm.js';

const root = join(import.meta.dirname, '..');
let pageDir: string;
let browser: Browser;

beforeAll(async () => {
  pageDir = mkdtempSync(join(tmpdir(), 'atelier-page-'));
  await build({ root, logLevel: 'error', build: { outDir: pageDir, emptyOutDir: true } });
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  if (pageDir) rmSync(pageDir, { recursive: true, force: true });
});

let farm: FakeFarm;
let api: FakeApi;
let context: BrowserContext;
let page: Page;
let errors: string[];
let origins: Set<string>;

beforeEach(async () => {
  farm = new FakeFarm();
  api = await serveFakeFarm(farm, pageDir);
  context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
  page = await context.newPage();
  page.setDefaultTimeout(10_000);
  errors = [];
  origins = new Set();
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith('data:')) origins.add(new URL(request.url()).origin);
  });
});
afterEach(async () => {
  await context.close();
  await api.close();
});

const open = (path: string) => page.goto(api.url + path);
const text = async () => (await page.locator('main').innerText()).replace(/\s+/g, ' ');
/** The present value of something on the page, until it is what it should be. */
const poll = <T>(value: () => Promise<T> | T) => expect.poll(value, { timeout: 10_000 });
const shown = (words: string) => poll(text).toContain(words);

/** Pictures of the open grid that the browser has decoded. */
const pictures = () =>
  page
    .getByRole('grid')
    .locator('a > img[loading]')
    .evaluateAll((images) => images.filter((image) => Reflect.get(image, 'naturalWidth') > 0).length);

/** What must be true of every visit. */
function expectQuietVisit(): void {
  expect(errors).toEqual([]);
  expect([...origins]).toEqual([api.url]);
}

describe('the farm', () => {
  it('tells how to begin when it is empty', async () => {
    await open('/');
    await shown('No node has joined yet');
    await poll(() => page.title()).toBe('Empty · Atelier');
    expectQuietVisit();
  });

  it('shows what each slot draws, live, and the newest pictures', async () => {
    const anvil = farm.addNode('anvil', [
      { device: 'NVIDIA GeForce RTX 3070', temperatureCelsius: 61, powerWatts: 187 },
    ]);
    const job = farm.addJob('harbour', 12);
    await farm.stepUntil(job, 2);
    await farm.step(); // takes the next task
    await open('/');
    await shown('Working');
    await shown('61 °C · 187 W');
    await poll(() => page.locator('ul a img').count()).toBe(2);
    await farm.step();
    await farm.step();
    await shown(`harbour #2 denoise, step 2 of 8`);
    await poll(() => page.getByAltText('Preview of the picture in work').getAttribute('src')).toMatch(
      /^data:image\/png/,
    );
    await farm.stepUntil(job, 3);
    await poll(() => page.locator('ul a img').count()).toBe(3);

    await page.getByRole('button', { name: 'Drain' }).click();
    await shown('drained');
    expect(anvil.state).toBe('drained');
    await page.getByRole('button', { name: 'Put back to work' }).click();
    await shown('ready');
    expectQuietVisit();
  });

  it('says that it is cut off, and catches up when it is not any more', async () => {
    farm.addNode('anvil', [{}]);
    const job = farm.addJob('harbour', 6);
    await open(`/jobs/${job.detail.id}`);
    await shown('0 of 6 made');
    api.interrupt();
    await page.getByRole('alert').getByText('The scheduler does not answer').waitFor();
    await farm.stepUntil(job, 6);
    api.restore();
    await shown('6 of 6 made');
    await poll(pictures).toBe(6);
    await poll(() => page.getByRole('alert').count()).toBe(0);
    expect([...origins]).toEqual([api.url]);
  });
});

describe('a hint', () => {
  it('names what the pointer or the keyboard rests on, one at a time, until Escape', async () => {
    await open('/');
    await shown('No node has joined yet');
    const palette = page.getByRole('button', { name: 'Go to or do …' });
    const colours = page.getByRole('button', { name: 'Switch to light colours' });
    const hints = page.getByRole('tooltip');
    const told = async () => (await hints.allInnerTexts()).join('|');

    // The hints come after the view: a pointer that rests there already is not seen.
    const pointAt = (button: typeof palette) => async () => {
      await page.mouse.move(640, 400);
      await button.hover();
      await page.waitForTimeout(500);
      return told();
    };
    const described = async (button: typeof palette) => {
      const id = await button.getAttribute('aria-describedby');
      return id && page.locator(`[id="${id}"]`).innerText();
    };

    await poll(pointAt(palette)).toBe('Go to or do …');
    expect(await described(palette)).toBe('Go to or do …');
    await colours.hover();
    await poll(told).toBe('Switch to light colours');
    expect(await described(palette)).toBeNull();
    await page.keyboard.press('Escape');
    await poll(told).toBe('');
    expect(await described(colours)).toBeNull();

    await page.mouse.move(640, 400);
    await palette.focus();
    await page.keyboard.press('Tab');
    await poll(told).toBe('Switch to light colours');
    await page.keyboard.press('Shift+Tab');
    await poll(told).toBe('Go to or do …');
    expectQuietVisit();
  });
});

describe('a job', () => {
  it('fills its sheet while pictures arrive', async () => {
    farm.addNode('anvil', [{}, {}]);
    const job = farm.addJob('harbour', 30, {}, [4]);
    await open(`/jobs/${job.detail.id}`);
    await shown('0 of 30 made');
    await poll(() => page.getByRole('gridcell').count()).toBe(30);
    for (const made of [1, 10, 29]) {
      await farm.stepUntil(job, made);
      await shown(`of 30 made`);
      await poll(pictures).toBe(job.detail.counts.succeeded);
    }
    await shown('1 failed');
    await shown('The engine ended while it decoded the picture');
    await poll(() => page.title()).toBe('96 % harbour · Atelier');
    await page.getByRole('tab', { name: 'Failed 1' }).click();
    await shown('engine_crashed');
    expect(page.url()).toContain('tab=failed');
    await page.getByRole('tab', { name: 'Batch' }).click();
    await shown('kind: Batch');
    await page.getByRole('button', { name: 'Retry' }).click();
    await shown('running');
    expectQuietVisit();
  });

  it('is found in the list by its state, and paused, resumed and cancelled there', async () => {
    const old = farm.addJob('sails', 3);
    farm.act(old, 'cancel');
    const job = farm.addJob('harbour', 12);
    await open('/jobs?show=active');
    await shown('harbour');
    expect(await text()).not.toContain('sails');
    await page.getByRole('button', { name: 'Pause harbour' }).click();
    await shown('paused');
    await page.getByRole('button', { name: 'Resume harbour' }).click();
    await page.getByRole('button', { name: 'Cancel harbour' }).click();
    await shown('No job is waiting or running');
    expect(job.detail.state).toBe('cancelled');
    await page.getByText('All', { exact: true }).click();
    await shown('sails');
    expectQuietVisit();
  });

  it('is submitted from the page, with the fault shown at the text', async () => {
    await open('/jobs/new');
    const batch = page.getByRole('textbox', { name: 'Batch (YAML)' });
    await poll(() => batch.innerText()).toContain('model: postcard');
    await batch.fill('kind: Batch\nname: sea\nmodel: nothing\nprompts: [a]\n');
    await batch.press('Control+Enter');
    await shown('model: There is no model "nothing"; there is postcard.');
    await batch.fill('kind: Batch\nname: sea\nmodel: postcard\nprompts: [a]\n');
    await page.getByRole('button', { name: 'Submit' }).click();
    await page.getByRole('heading', { name: 'sea' }).waitFor();
    expect(errors.filter((error) => !error.includes('422'))).toEqual([]);
    expect([...origins]).toEqual([api.url]);
  });
});

describe('a picture', () => {
  it('is reached and left by keyboard alone, and shows all that made it', async () => {
    farm.addNode('anvil', [{}]);
    const job = farm.addJob('harbour', 6);
    await farm.stepUntil(job, 6);
    await open('/pictures');
    await poll(pictures).toBe(6);

    await page.getByRole('grid').locator('a').first().focus();
    await page.keyboard.press('ArrowRight');
    await poll(() => page.evaluate('document.activeElement.getAttribute("data-cell")')).toBe('1');
    await page.keyboard.press('Enter');
    const { result, settings } = job.tasks[4]!;
    await page.getByRole('heading', { name: '#4' }).waitFor();
    expect(page.url()).toContain(`/pictures/${job.detail.id}/4?within=gallery`);
    for (const fact of [
      job.tasks[4]!.prompt,
      settings.negative!,
      String(result!.seed),
      'euler, karras',
      '128 × 128',
      settings.model.sha256.slice(0, 12),
      'postcard-lcm-lora × 1',
      result!.file,
      result!.sha256.slice(0, 12),
      result!.pixelSha256.slice(0, 12),
      'attempt 1 on anvil',
    ])
      await shown(fact);

    await page.keyboard.press('ArrowLeft'); // newer
    await page.getByRole('heading', { name: '#5' }).waitFor();
    await page.keyboard.press('p');
    await poll(() => page.locator(`img[data-pixels]`).evaluateAll((images) => images.length)).toBe(1);
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 'Gallery' }).waitFor();
    expectQuietVisit();
  });

  it('that failed tells its cause', async () => {
    farm.addNode('anvil', [{}]);
    const job = farm.addJob('harbour', 3, {}, [1]);
    await farm.stepUntil(job, 2);
    await open(`/pictures/${job.detail.id}/1`);
    await shown('engine_crashed');
    await page.keyboard.press('ArrowRight');
    await page.getByRole('heading', { name: '#2' }).waitFor();
    expectQuietVisit();
  });

  it('that does not exist is an honest error', async () => {
    const job = farm.addJob('harbour', 3);
    await open(`/pictures/${job.detail.id}/77`);
    await shown('The job harbour has no task 77.');
  });
});

it('keeps the chosen colours, and its place on a phone', async () => {
  farm.addNode('anvil', [{}]);
  await page.setViewportSize({ width: 390, height: 844 });
  await open('/models');
  await shown('postcard-lcm-lora');
  const scheme = () => page.locator('html').getAttribute('data-mantine-color-scheme');
  await poll(scheme).toBe('dark');
  await page.getByRole('button', { name: 'Switch to light colours' }).click();
  await page.reload();
  await shown('postcard-lcm-lora');
  await poll(scheme).toBe('light');
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  expectQuietVisit();
});
