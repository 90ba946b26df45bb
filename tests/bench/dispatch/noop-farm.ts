/** A scheduler of real processes whose nodes are simulated and whose tasks are empty: everything but the pictures. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import pg from 'pg';
import type { ModelView, Page } from '@atelier/contracts';
import { modelFolder } from '../../faults/batch.js';
import { startCommand } from '../../faults/farm/child.js';
import { patchedEnvironment, type Patch } from '../../faults/patch/patch.js';
import { freePort } from '../../support/farm.js';
import { postgresUrl, postmasterPid, startPostgres, stopPostgres } from '../../support/postgres.js';
import { endHelpers, startHelper } from './processes.js';

/** The scheduler takes a result on the agent's word: no file is brought, so none is looked at. */
const onTheirWord: Patch = {
  file: 'scheduler/dist/artifacts/result-intake.js',
  find: 'const upload = tickets.find(nodeId, attemptId);',
  put: "const upload = { attemptId, nodeId, sha256, pixelSha256, bytes: 0, mediaType: 'image/png', width: 64, height: 64 };",
};

export interface NoopFarm {
  api: string;
  database: pg.Pool;
  /** Version of the PostgreSQL server. */
  postgresVersion: string;
  schedulerPid(): number;
  /** The process that all others of the database are children of. */
  databasePid: number;
  /** Processes of the simulated nodes. */
  nodePids(): number[];
  /** Plugs in so many more nodes, in so many processes of their own; each takes `taskMs` for a task. */
  plugIn(nodes: number, processes: number, taskMs?: number): Promise<void>;
  /** Kills the scheduler and starts it over the same database. */
  restartScheduler(): Promise<void>;
  /** Settles when the scheduler of this moment has ended. */
  schedulerGone(): Promise<void>;
  stop(): Promise<void>;
}

/** On PostgreSQL with `synchronous_commit=on` and fsync, as it comes. `nodes` agents in `processes` processes. */
export async function startNoopFarm({ nodes, processes }: { nodes: number; processes: number }): Promise<NoopFarm> {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-noop-'));
  const postgres = await startPostgres();
  const databaseUrl = postgresUrl(postgres, 'postgres');
  const ports = { api: await freePort(), grpc: await freePort() };
  const startScheduler = () =>
    startCommand<{ api: string; grpc: string }>(
      ['scheduler', '--port', String(ports.api), '--grpc-port', String(ports.grpc), '--data', folder],
      { ATELIER_DATABASE_URL: databaseUrl, ATELIER_MODELS: modelFolder, ...patchedEnvironment([onTheirWord]) },
    );
  let scheduler = await startScheduler();
  const { api, grpc } = scheduler.answer;
  const database = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  const helpers: ChildProcess[] = [];
  const { items } = (await (await fetch(`${api}/api/v1/models`)).json()) as Page<ModelView>;
  const models = items.map(({ name, sha256 }) => ({ name, sha256 }));
  const plugIn = async (nodes: number, processes: number, taskMs = 0) => {
    const share = Math.ceil(nodes / processes);
    const start = async (count: number) => {
      const tokens: string[] = [];
      while (tokens.length < count) {
        const answer = await fetch(`${api}/api/v1/tokens`, { method: 'POST' });
        tokens.push(((await answer.json()) as { token: string }).token);
      }
      helpers.push(await startHelper('simulated-nodes.js', { scheduler: grpc, tokens, models, taskMs }));
    };
    const counts = Array.from({ length: processes }, (_, i) => Math.min(share, nodes - i * share));
    await Promise.all(counts.map(start));
  };
  await plugIn(nodes, processes);
  const { rows } = await database.query<{ server_version: string }>('SHOW server_version');
  return {
    api,
    database,
    postgresVersion: rows[0]!.server_version,
    schedulerPid: () => scheduler.process.pid!,
    databasePid: postmasterPid(postgres),
    nodePids: () => helpers.map(({ pid }) => pid!),
    plugIn,
    schedulerGone: () => scheduler.exited,
    async restartScheduler() {
      scheduler.process.kill('SIGKILL');
      await scheduler.exited;
      scheduler = await startScheduler();
    },
    async stop() {
      endHelpers(helpers);
      scheduler.process.kill('SIGKILL');
      await scheduler.exited;
      await database.end();
      await stopPostgres(postgres);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
