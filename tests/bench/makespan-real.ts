/**
 * The policy beside a plain queue on a real farm: one scheduler, two agents of different speed with real engines, and two
 * checkpoints that a batch asks for by turns. Both get the same farm, the same batch and nothing learned beforehand.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeView, Page } from '@atelier/contracts';
import { startScheduler } from '@atelier/scheduler';
import type { Policy } from '@atelier/scheduling';
import { createLogger } from '@atelier/telemetry';
import pg from 'pg';
import { startCommand, type Child } from '../faults/farm/child.js';
import { root } from '../support/farm.js';
import { changeTensors } from '../support/safetensors.js';
import { FirstCome } from '../simulation/peers/peers.js';
import { submitAndWait } from './client.js';
import { goal, type Benchmark, type Report } from './harness.js';

/** Threads of each agent's engine: the slow one has one. */
const agents = { fast: availableParallelism(), slow: 1 };
/** The plain queue hands a slot its next run ahead, as the farm's policy does: two places. */
const policies: Record<string, () => Policy | undefined> = {
  atelier: () => undefined,
  'first-come pop': () => new FirstCome(2),
};
const models = ['postcard', 'postcard-variant'];

export const makespanReal: Benchmark = {
  name: 'makespan-real',
  about: 'the policy beside first-come on a real farm of a fast and a slow agent, two checkpoints (--pictures N)',
  async run({ pictures }) {
    const count = Number(pictures ?? 300);
    const folder = mkdtempSync(join(tmpdir(), 'atelier-makespan-'));
    try {
      const modelFolder = writeModels(folder);
      const rows: Report['rows'] = [];
      const seconds: Record<string, number> = {};
      for (const [name, create] of Object.entries(policies)) {
        const measured = await measure(join(folder, name.replace(' ', '-')), modelFolder, create(), count);
        seconds[name] = measured.makespan;
        rows.push({ policy: name, ...measured.row });
      }
      const [ours, theirs] = [seconds.atelier!, seconds['first-come pop']!];
      for (const row of rows) row['/ first-come'] = seconds[row.policy as string]! / theirs;
      const peer = { name: 'first-come pop', version: null, value: theirs };
      return {
        rows,
        goals: [goal({ name: 'makespan on a real farm', value: ours, unit: 's', op: '<=', goal: theirs, peer })],
      };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** The demo model, and the same with its first text weight changed: another checkpoint, as heavy as the first. */
function writeModels(folder: string): string {
  const target = join(folder, 'models');
  for (const name of models) cpSync(join(root, 'models/postcard'), join(target, name), { recursive: true });
  const weights = join(target, models[1]!, 'text_encoder/model.safetensors');
  changeTensors(weights, (_, values) => values.writeFloatLE(values.readFloatLE(0) + 1e-3, 0));
  return target;
}

interface Ran {
  node: string;
  index: number;
  load: number;
  from: Date;
  to: Date;
}

async function measure(folder: string, modelFolder: string, policy: Policy | undefined, pictures: number) {
  const scheduler = await startScheduler({
    dataDir: join(folder, 'scheduler'),
    host: '127.0.0.1',
    port: 0,
    grpcPort: 0,
    modelFolders: [modelFolder],
    ...(policy && { policy }),
    logger: createLogger({ name: 'scheduler', file: join(folder, 'scheduler.log') }),
  });
  const database = new pg.Pool({ connectionString: scheduler.databaseUrl, max: 1 });
  const running: Child<{ nodeId: string }>[] = [];
  try {
    const nameOf = new Map<string, string>();
    for (const [name, threads] of Object.entries(agents)) {
      const args = ['agent', '--join', scheduler.grpcAddress, '--name', name, '--data', join(folder, name)];
      const agent = await startCommand<{ nodeId: string }>([...args, '--threads', String(threads)], {
        ATELIER_MODELS: modelFolder,
        ATELIER_JOIN_TOKEN: await scheduler.createJoinToken(),
      });
      running.push(agent);
      nameOf.set(agent.answer.nodeId, name);
    }
    await untilTested(scheduler.apiUrl);
    const job = await submitAndWait(scheduler.apiUrl, {
      kind: 'Batch',
      model: models[0],
      size: '128x128',
      sampler: 'ddim',
      steps: 4,
      guidance: 1.5,
      reproducible: true,
      prompts: ['a red lighthouse by the sea at sunset'],
      // The last axis varies fastest: the checkpoints take turns.
      matrix: { seed: { from: 1, count: Math.ceil(pictures / models.length) }, model: models },
    });
    const { rows } = await database.query<Ran>(
      `SELECT node_id AS node, task_index AS index, (record->>'loadSeconds')::float8 AS load,
              (record->>'renderStartedAt')::timestamptz AS from, (record->>'renderFinishedAt')::timestamptz AS to
         FROM attempts_v1 WHERE job_id = $1 AND state = 'succeeded' ORDER BY 4`,
      [job],
    );
    return summary(rows, nameOf);
  } finally {
    await database.end();
    for (const { process: child } of running) child.kill('SIGTERM');
    await Promise.all(running.map(({ exited }) => exited));
    await scheduler.close();
  }
}

/** From the start of the first run to the end of the last, and what each node did meanwhile. */
function summary(runs: readonly Ran[], nameOf: ReadonlyMap<string, string>) {
  const makespan = (Math.max(...runs.map(({ to }) => to.getTime())) - runs[0]!.from.getTime()) / 1000;
  const last = new Map<string, number>();
  let swaps = 0;
  for (const { node, index } of runs) {
    const model = index % models.length;
    if (last.get(node) !== model) swaps += 1;
    last.set(node, model);
  }
  const by = (name: string) => runs.filter(({ node }) => nameOf.get(node) === name);
  return {
    makespan,
    row: {
      pictures: runs.length,
      'makespan s': makespan,
      'swaps, first loads included': swaps,
      'loading s': runs.reduce((sum, { load }) => sum + load, 0),
      ...Object.fromEntries(Object.keys(agents).map((name) => [`by the ${name} agent`, by(name).length])),
    },
  };
}

/** Waits until every node has drawn the acceptance picture. Throws when one is found unfit. */
async function untilTested(api: string): Promise<void> {
  for (;;) {
    const { items } = (await (await fetch(`${api}/api/v1/nodes`)).json()) as Page<NodeView>;
    const unfit = items.find(({ state }) => state === 'quarantined');
    if (unfit) throw new Error(`the node ${unfit.name} did not pass its test`);
    if (items.length === Object.keys(agents).length && items.every(({ state }) => state === 'ready')) return;
    await new Promise((wait) => setTimeout(wait, 100));
  }
}
