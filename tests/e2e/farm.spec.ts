/** The first thing that a stranger does: a farm on this machine turns a batch into pictures while the page fills up. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPngText } from '@atelier/diffusion';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from '../support/chromium.js';
import { atelier } from '../support/cli.js';
import { root, startFarm, type Farm } from '../support/farm.js';
import { expectEveryPictureOnce } from '../support/pictures.js';

describe('an embedded farm of two agents', () => {
  let farm: Farm;
  let out: string;
  let database: pg.Pool;
  const cli = (...args: string[]) => atelier(args, { env: { ATELIER_SERVER: farm.run().api } });

  beforeAll(async () => {
    out = mkdtempSync(join(tmpdir(), 'atelier-out-'));
    farm = await startFarm({ agents: 2 });
    database = new pg.Pool({ connectionString: farm.run().databaseUrl, max: 1 });
  });
  afterAll(async () => {
    await database?.end();
    await farm?.stop();
    rmSync(out, { recursive: true, force: true });
  });

  it('tells who runs where, in a file for its owner only', async () => {
    const { api, agents, grpc } = farm.run();
    expect(api).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(grpc).toMatch(/:\d+$/);
    expect(agents).toHaveLength(2);
    const nodes = JSON.parse((await cli('nodes', '--json')).stdout) as { id: string; state: string }[];
    expect(nodes.map(({ id }) => id).sort()).toEqual(agents.map(({ nodeId }) => nodeId).sort());
    expect(nodes.every(({ state }) => state === 'ready')).toBe(true);
  });

  it('turns examples/harbour.yaml into its pictures, each once, each with what made it', async () => {
    const folder = join(out, 'harbour');
    const submitted = await cli('submit', 'examples/harbour.yaml', '--watch', '--output', folder);
    expect(submitted.code, submitted.stderr).toBe(0);
    expect(submitted.stdout + submitted.stderr).not.toContain('\u001b[');
    const [job] = JSON.parse((await cli('jobs', '--json')).stdout) as {
      id: string;
      state: string;
      counts: { total: number };
    }[];
    expect(job!.state).toBe('completed');
    const manifest = await expectEveryPictureOnce(folder, job!.counts.total);

    const text = await readPngText(readFileSync(join(folder, manifest[0]!.file)));
    expect(text.parameters).toMatch(
      /Steps: \d+, Sampler: .+, CFG scale: .+, Seed: \d+, Size: 128x128, Model hash: [0-9a-f]+/,
    );
    const own = JSON.parse(text.atelier!) as { seed: number };
    expect(own.seed).toBe(manifest[0]!.seed);

    const { rows } = await database.query(
      'SELECT task_index, count(*)::int AS results FROM results_v1 WHERE job_id = $1 GROUP BY 1',
      [job!.id],
    );
    expect(rows).toHaveLength(job!.counts.total);
    expect(rows.every(({ results }) => results === 1)).toBe(true);
    const { rows: used } = await database.query('SELECT DISTINCT node_id FROM attempts_v1 WHERE job_id = $1', [
      job!.id,
    ]);
    expect(used).toHaveLength(2);
  });

  it('fills its page', async () => {
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      const errors: string[] = [];
      page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
      page.on('pageerror', (error) => errors.push(error.message));
      const origins = new Set<string>();
      page.on('request', (request) => origins.add(new URL(request.url()).origin));
      await page.goto(farm.run().api);
      const image = page.locator('img').first();
      await image.waitFor({ state: 'visible', timeout: 60_000 });
      await expect
        .poll(async () => image.evaluate((element) => (element as { naturalWidth?: number }).naturalWidth ?? 0))
        .toBeGreaterThan(0);
      expect(errors).toEqual([]);
      expect([...origins].filter((origin) => origin !== 'null')).toEqual([farm.run().api]);
    } finally {
      await browser.close();
    }
  });

  it('answers only to its own address', async () => {
    const { api } = farm.run();
    const get = async (headers: Record<string, string>) => (await fetch(`${api}/api/v1/farm`, { headers })).status;
    expect(await get({})).toBe(200);
    expect(await get({ origin: 'https://example.org' })).toBe(403);
    expect(await get({ origin: api })).toBe(200);
  });

  it('gives every picture once when an agent is killed in mid-batch', async () => {
    const folder = join(out, 'killed');
    const running = cli('submit', join(root, 'tests/e2e/batches/forty.yaml'), '--watch', '--output', folder);
    const counts = async () => {
      const { items } = (await (await fetch(`${farm.run().api}/api/v1/jobs?state=running`)).json()) as {
        items: { name: string; counts: { succeeded: number } }[];
      };
      return items.find(({ name }) => name === 'forty')?.counts.succeeded ?? 0;
    };
    await expect.poll(counts, { timeout: 60_000, interval: 100 }).toBeGreaterThan(3);
    process.kill(farm.run().agents[0]!.pid, 'SIGKILL');
    const submitted = await running;
    expect(submitted.code, submitted.stderr).toBe(0);
    await expectEveryPictureOnce(folder, 40);
  });

  it('goes on where it was when all of it is killed and started again', async () => {
    const submitted = await cli(
      'submit',
      join(root, 'tests/e2e/batches/forty.yaml'),
      '--name',
      'forty again',
      '--json',
    );
    expect(submitted.code, submitted.stderr).toBe(0);
    const { id } = JSON.parse(submitted.stdout) as { id: string };
    const job = async () =>
      (await (await fetch(`${farm.run().api}/api/v1/jobs/${id}`)).json()) as {
        state: string;
        counts: { succeeded: number };
      };
    await expect
      .poll(async () => (await job()).counts.succeeded, { timeout: 60_000, interval: 100 })
      .toBeGreaterThan(3);
    const { dataDir } = farm;
    const { agents } = farm.run();
    await database.end();
    farm.process.kill('SIGKILL');
    await new Promise((done) => farm.process.once('exit', done));
    await expect
      .poll(() => agents.filter(({ pid }) => isAlive(pid)).length, {
        timeout: 30_000,
        message: 'agents outlive a killed farm',
      })
      .toBe(0);

    farm = await startFarm({ agents: 2, dataDir });
    database = new pg.Pool({ connectionString: farm.run().databaseUrl, max: 1 });
    await expect.poll(async () => (await job()).state, { timeout: 120_000, interval: 500 }).toBe('completed');
    const folder = join(out, 'again');
    const downloaded = await cli('download', id, '--output', folder);
    expect(downloaded.code, downloaded.stderr).toBe(0);
    await expectEveryPictureOnce(folder, 40);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
