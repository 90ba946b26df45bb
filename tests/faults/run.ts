/** One run: a farm is started, harmed while it works, and what it leaves behind is checked. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPool, query } from './ask.js';
import { installAudit } from './audit.js';
import { modelFolder } from './batch.js';
import { check, gather } from './checker/check.js';
import type { Violation } from './checker/violation.js';
import { drive } from './driver.js';
import { startClusterFarm } from './farm/cluster-farm.js';
import { startEmbeddedFarm } from './farm/embedded-farm.js';
import { agentNames, type FaultyFarm } from './farm/faulty-farm.js';
import { asRoot, type Fault } from './faults/fault.js';
import { mountSpool } from './faults/disk.js';
import { faults, planFaults } from './faults/plan.js';
import { drawAll } from './quiet.js';
import { followLog } from './log-reader.js';
import { patchedEnvironment, type Patch } from './patch/patch.js';
import { zombie } from './patch/zombie.js';
import { createRandom } from './random.js';

export interface RunOptions {
  mode: FaultyFarm['mode'];
  /** @default 4 */
  agents?: number;
  tasks: number;
  /** How many, or which. */
  faults: number | readonly Fault[];
  seed: number;
  /** Pixel hashes of a quiet run, by seed. @default the same farm draws them once more when all faults are over */
  quiet?: ReadonlyMap<number, string>;
  /** @default what the product has */
  leaseSeconds?: number;
  patches?: readonly Patch[];
  /** Statements that take safeguards out of the database. */
  statements?: readonly string[];
  note(text: string): void;
}

export interface RunReport {
  mode: FaultyFarm['mode'];
  seed: number;
  seconds: number;
  tasks: number;
  results: number;
  attempts: number;
  /** Attempts that lapsed, were revoked, failed. */
  lapsed: number;
  revoked: number;
  failed: number;
  /** Changes of state that were audited. */
  transitions: number;
  events: number;
  cancelledJobs: number;
  struck: Record<string, number>;
  /** Faults that this machine does not allow, with the reason. */
  impossible: Record<string, string>;
  violations: Violation[];
}

export async function runFaults(options: RunOptions): Promise<RunReport> {
  const { mode, agents = 4, tasks, seed, note, leaseSeconds = 15, patches = [], statements = [] } = options;
  const random = createRandom(seed);
  const plan = typeof options.faults === 'number' ? planFaults(options.faults, random) : options.faults;
  const folder = mkdtempSync(join(tmpdir(), 'atelier-faults-'));
  const names = agentNames(agents);
  const smallDisk = join(folder, 'agents', names.at(-1)!, 'spool');
  if (!asRoot()) mountSpool(smallDisk);
  const began = performance.now();
  const env = { ATELIER_MODELS: modelFolder, ...patchedEnvironment([zombie(names[0]!), ...patches]) };
  const farm = await (mode === 'embedded' ? startEmbeddedFarm : startClusterFarm)({ agents, folder, env });
  const pool = openPool(farm.databaseUrl);
  try {
    await installAudit(pool);
    for (const statement of statements) await pool.query(statement);
    const reader = followLog(pool);
    const { wanted, struck, aside } = await drive(farm, pool, { tasks, plan, random, leaseSeconds, note });
    const quiet = options.quiet ?? (await drawAll(farm.api, pool, tasks));
    const evidence = await gather(pool, farm.artifacts, () => reader.finish(), { wanted, quiet });
    const attempts = await query<{ state: string; count: number }>(
      pool,
      'SELECT state, count(*)::integer AS count FROM attempts GROUP BY 1',
    );
    const lapsed = evidence.audit.filter(({ subject, after }) => subject === 'attempt' && after === 'lapsed').length;
    const inState = (state: string) => attempts.find((row) => row.state === state)?.count ?? 0;
    const isWanted = new Set(wanted.map(({ id }) => id));
    return {
      mode,
      seed,
      seconds: (performance.now() - began) / 1000,
      tasks,
      results: evidence.results.filter(({ jobId }) => isWanted.has(jobId)).length,
      attempts: attempts.reduce((sum, { count }) => sum + count, 0),
      lapsed,
      revoked: inState('revoked'),
      failed: inState('failed'),
      transitions: evidence.audit.length,
      events: evidence.log.length,
      cancelledJobs: aside,
      struck: Object.fromEntries(struck),
      impossible: Object.fromEntries(
        faults.map(({ name, impossible }) => [name, impossible?.() ?? '']).filter(([, reason]) => reason),
      ) as Record<string, string>,
      violations: check(evidence),
    };
  } finally {
    await pool.end();
    await farm.stop();
    if (!asRoot()) execFileSync('umount', ['-l', smallDisk]);
    if (!process.env.ATELIER_KEEP) rmSync(folder, { recursive: true, force: true });
  }
}
