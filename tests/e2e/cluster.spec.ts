/** The other size of the same farm: PostgreSQL, NATS, and nodes that join by token. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { atelier } from '../support/cli.js';
import { atelierBin, freePort, root } from '../support/farm.js';
import { startNats, stopNats, type NatsServer } from '../support/nats.js';
import { expectEveryPictureOnce } from '../support/pictures.js';
import { postgresUrl, startPostgres, stopPostgres, type PostgresServer } from '../support/postgres.js';

describe('a farm on PostgreSQL and NATS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-cluster-'));
  const children: ChildProcess[] = [];
  let postgres: PostgresServer;
  let nats: NatsServer;
  let environment: NodeJS.ProcessEnv;
  let scheduler: { api: string; grpc: string };

  /** Starts a command that goes on, and gives what it answers once it is up. */
  async function start<T>(args: string[], env: NodeJS.ProcessEnv = {}): Promise<T> {
    const child = spawn(process.execPath, [atelierBin, ...args, '--json'], {
      cwd: root,
      env: { ...environment, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    let said = '';
    child.stderr.on('data', (chunk) => (said += chunk));
    return new Promise((done, fail) => {
      let text = '';
      child.stdout.on('data', (chunk) => {
        text += chunk;
        try {
          done(JSON.parse(text) as T);
        } catch {
          // The document is not complete yet.
        }
      });
      child.once('exit', (code) => fail(new Error(`atelier ${args[0]} ended with ${code}: ${said}`)));
    });
  }

  beforeAll(async () => {
    [postgres, nats] = await Promise.all([startPostgres(), startNats()]);
    environment = {
      ...process.env,
      ATELIER_DATABASE_URL: postgresUrl(postgres, 'postgres'),
      ATELIER_NATS_URL: nats.url,
      ATELIER_SECRET: 'a secret of the whole farm',
      ATELIER_MODELS: join(root, 'models'),
    };
    const ports = { port: String(await freePort()), grpc: String(await freePort()) };
    scheduler = await start([
      'scheduler',
      '--port',
      ports.port,
      '--grpc-port',
      ports.grpc,
      '--data',
      join(folder, 'scheduler'),
    ]);
    environment.ATELIER_SERVER = scheduler.api;
    for (const name of ['one', 'two']) {
      const { token } = JSON.parse((await atelier(['token', '--json'], { env: environment })).stdout) as {
        token: string;
      };
      await start(['agent', '--join', scheduler.grpc, '--name', name, '--data', join(folder, name), '--threads', '1'], {
        ATELIER_JOIN_TOKEN: token,
      });
    }
  });
  afterAll(async () => {
    const ended = children.map(
      (child) => new Promise((done) => (child.exitCode === null ? child.once('exit', done) : done(0))),
    );
    for (const child of children.reverse()) child.kill('SIGTERM');
    await Promise.all(ended);
    if (postgres) await stopPostgres(postgres);
    if (nats) await stopNats(nats);
    rmSync(folder, { recursive: true, force: true });
  });

  it('draws a batch on both nodes, each picture once', async () => {
    const out = join(folder, 'out');
    const submitted = await atelier(['submit', 'examples/harbour.yaml', '--watch', '--output', out], {
      env: environment,
    });
    expect(submitted.code, submitted.stderr).toBe(0);
    const manifest = await expectEveryPictureOnce(out, 24);

    const database = new pg.Client(environment.ATELIER_DATABASE_URL);
    await database.connect();
    const { rows } = await database.query('SELECT DISTINCT node_id FROM results_v1 WHERE job_id = $1', [
      manifest[0]!.jobId,
    ]);
    await database.end();
    expect(rows).toHaveLength(2);
  });

  it('knows its nodes by name', async () => {
    const nodes = JSON.parse((await atelier(['nodes', '--json'], { env: environment })).stdout) as {
      name: string;
      state: string;
    }[];
    expect(nodes.map(({ name, state }) => `${name} ${state}`).sort()).toEqual(['one ready', 'two ready']);
  });
});
