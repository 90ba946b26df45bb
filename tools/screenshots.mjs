// `npm run screenshots [-- VIEW …]`: draws docs/images/page-*.png anew, in both colours and as a phone shows them. The
// farm and its table are those of the page's simulator (two chassis, a node in quarantine); everything else is a farm of
// two agents on this machine that draws with the demo model.
import { join } from 'node:path';
import sharp from 'sharp';
import { runnerImport } from 'vite';
import { bootstrap } from './bootstrap.mjs';

const root = join(import.meta.dirname, '..');
const images = join(root, 'docs', 'images');
const dashboard = join(root, 'apps', 'dashboard');
const width = 960;
const desk = { width: 1280, height: 1000 };
const phone = { width: 390, height: 844 };
const wanted = process.argv.slice(2);
/** Pictures within the screen are decoded; what lies beyond loads when one comes there. */
const picturesAreShown = `[...document.images].every((one) => {
  const { top, bottom, left, right } = one.getBoundingClientRect();
  const within = bottom > 0 && top < innerHeight && right > 0 && left < innerWidth;
  return !within || (one.complete && one.naturalWidth > 0);
})`;
const patienceMs = 60_000;

await bootstrap();
const { launchChromium } = await import(join(root, 'tests', 'dist', 'support', 'chromium.js'));
const { startFarm } = await import(join(root, 'tests', 'dist', 'support', 'farm.js'));

const browser = await launchChromium();
try {
  await shootSimulated();
  await shootReal();
} finally {
  await browser.close();
}

/** Shots of `views` at `base` in both colours, and in dark as a phone shows those that one looks at on the way. */
async function shoot(base, views) {
  for (const view of views) {
    if (wanted.length > 0 && !wanted.includes(view.name)) continue;
    await shot(base, view, 'dark', desk);
    await shot(base, view, 'light', desk);
    if (view.onPhone) await shot(base, view, 'dark', phone);
  }
}

async function shot(base, { name, path, ready }, scheme, viewport) {
  const small = viewport === phone;
  const context = await browser.newContext({
    viewport,
    reducedMotion: 'reduce',
    isMobile: small,
    deviceScaleFactor: small ? 2 : 1,
  });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(patienceMs);
    await page.addInitScript(`localStorage.setItem('mantine-color-scheme-value', '${scheme}')`);
    await page.goto(base + path);
    await page.getByRole('heading').first().waitFor();
    await page.getByText(/^Reading /).waitFor({ state: 'hidden' });
    await ready?.(page);
    for (
      const until = Date.now() + patienceMs;
      !(await page.evaluate(picturesAreShown));
      await page.waitForTimeout(100)
    )
      if (Date.now() > until) throw new Error(`The pictures of ${path} did not come.`);
    const file = join(images, `page-${name}-${small ? 'phone' : scheme}.png`);
    await sharp(await page.screenshot())
      .resize({ width: small ? phone.width : width })
      .png({ palette: true, effort: 10 })
      .toFile(file);
    console.log(file);
  } finally {
    await context.close();
  }
}

async function shootSimulated() {
  const load = async (file) => (await runnerImport(join(dashboard, 'tests', file))).module;
  const { FakeFarm } = await load('fake-farm.ts');
  const { serveFakeFarm } = await load('fake-api.ts');
  const farm = new FakeFarm();
  const api = await serveFakeFarm(farm, join(dashboard, 'dist'));
  try {
    for (let i = 0; i < 6; i++) {
      const card = { device: 'NVIDIA GeForce RTX 3070', provider: 'webgpu', memoryBytes: 8 * 2 ** 30 };
      const feel = { memoryUsedBytes: (5 + (i % 3)) * 2 ** 30, temperatureCelsius: 59 + i, powerWatts: 174 + 4 * i };
      const slot = { ...card, ...feel, utilizationRatio: 0.97, checkpoint: 'postcard', reason: '' };
      const place = { chassis: `rack-${i < 4 ? 1 : 2}`, bay: i < 4 ? i + 1 : i - 3 };
      const quarantine = { state: 'quarantined', reason: 'Failed its test: the picture differs by 40 levels.' };
      farm.addNode(`r${i < 4 ? 1 : 2}-n${place.bay}`, [slot], { ...place, ...(i === 2 && quarantine) });
    }
    const job = farm.addJob('harbour', 60, { wattHours: 4.2, etaRange: { low: 96, high: 125 } });
    await farm.stepUntil(job, 15);
    for (let i = 0; i < 6; i++) await farm.step();
    // Previews come with progress: it goes on while one looks.
    const previews = (page) => page.getByAltText('Preview of the picture in work').first().waitFor();
    const work = setInterval(() => void farm.step(), 3000);
    await shoot(api.url, [
      { name: 'farm', path: '/?view=rack', ready: previews, onPhone: true },
      { name: 'table', path: '/?view=table' },
    ]).finally(() => clearInterval(work));
  } finally {
    await api.close();
  }
}

async function shootReal() {
  const farm = await startFarm({ agents: 2 });
  try {
    const { api } = farm.run();
    const submit = async (batch) => {
      const answer = await fetch(`${api}/api/v1/jobs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ kind: 'Batch', model: 'postcard', ...batch }),
      });
      if (!answer.ok) throw new Error(`POST /jobs answered ${answer.status}: ${await answer.text()}`);
      return (await answer.json()).id;
    };
    const completed = async (id) => {
      for (;;) {
        const { state } = await (await fetch(`${api}/api/v1/jobs/${id}`)).json();
        if (state === 'completed') return;
        if (state === 'failed' || state === 'cancelled') throw new Error(`The job ${id} is ${state}.`);
        await new Promise((wait) => setTimeout(wait, 250));
      }
    };
    const id = await submit({
      name: 'harbour at dusk',
      project: 'postcards',
      sampler: 'euler',
      prompts: ['a {red|white} lighthouse by the sea at {sunset|night}', 'a {blue|yellow} sailboat at dawn'],
      matrix: { seed: { from: 1, count: 4 }, steps: [4, 12] },
    });
    await completed(id);
    const running = await submit({
      name: 'night shift',
      project: 'postcards',
      prompts: ['a castle at night'],
      matrix: { seed: { from: 1, count: 400 } },
      deadline: '2h',
    });
    const { nodeId } = farm.run().agents[0];
    const imageIn = (place) => (page) => page.locator(place).first().waitFor();
    const drawn = async (page) => {
      await page.getByLabel('prompt', { exact: true }).fill('a white lighthouse at night');
      await page.getByLabel('steps').fill('8');
      await page.getByRole('button', { name: 'Draw' }).click();
      await page.locator('figure a img').waitFor();
    };
    await shoot(api, [
      { name: 'jobs', path: '/jobs', onPhone: true },
      { name: 'job', path: `/jobs/${running}`, ready: imageIn('[role=grid] a > img'), onPhone: true },
      { name: 'grid', path: `/jobs/${id}?tab=grid&x=steps&y=prompt`, ready: imageIn('table img') },
      { name: 'timeline', path: `/jobs/${id}?tab=timeline`, ready: (page) => page.getByText('agent-1').waitFor() },
      { name: 'gallery', path: '/pictures', ready: imageIn('[role=grid] a > img'), onPhone: true },
      { name: 'picture', path: `/pictures/${id}/0`, ready: imageIn('main img'), onPhone: true },
      { name: 'compare', path: `/compare?a=${id}:0&b=${id}:1`, ready: imageIn('main img') },
      {
        name: 'new',
        path: '/jobs/new',
        ready: (page) =>
          page
            .getByText(/\d pictures?/)
            .first()
            .waitFor(),
      },
      { name: 'play', path: '/play', ready: drawn, onPhone: true },
      { name: 'node', path: `/nodes/${nodeId}` },
      {
        name: 'models',
        path: '/models',
        ready: (page) => page.getByRole('main').locator('code', { hasText: '../postcard' }).first().waitFor(),
      },
      { name: 'join', path: '/join', ready: (page) => page.getByRole('button', { name: 'Make a token' }).click() },
      { name: 'settings', path: '/settings', ready: (page) => page.getByLabel('weight of postcards').waitFor() },
    ]);
  } finally {
    await farm.stop();
  }
}
