/** Puts work into a farm and harms it: a part of the pictures for each fault, which strikes while they are drawn. */
import { query, submit } from './ask.js';
import { batchOf } from './batch.js';
import type { WantedJob } from './checker/results.js';
import type { FaultyFarm } from './farm/faulty-farm.js';
import { agentWithSmallDisk, fullDisk } from './faults/disk.js';
import { wait, type Fault, type Scene } from './faults/fault.js';
import { freezeScheduler } from './faults/freeze.js';
import { killScheduler } from './faults/kill.js';
import { slowNetwork } from './faults/network.js';
import type { Random } from './random.js';
import type pg from 'pg';

/** Faults that may be at work at one time; one agent at least is left in peace. */
const atOnce = 3;
/** Seeds of pictures that are cancelled, far from those that are wanted. */
const asideSeed = 1_000_000;
/** How long the last pictures may take after the last fault. */
const finishMs = 180_000;

export interface Driven {
  wanted: WantedJob[];
  /** How often each fault struck. */
  struck: Map<string, number>;
  /** Jobs beside them that were cancelled. */
  aside: number;
}

export async function drive(
  farm: FaultyFarm,
  pool: pg.Pool,
  options: {
    tasks: number;
    plan: readonly Fault[];
    random: Random;
    leaseSeconds: number;
    note(text: string): void;
  },
): Promise<Driven> {
  const { tasks, plan, random, leaseSeconds, note } = options;
  const wanted: WantedJob[] = [];
  const struck = new Map<string, number>();
  const active = new Set<Promise<void>>();
  const harmed = new Set<string>();
  const failures: unknown[] = [];
  let aside = 0;

  const victims = new Map<Fault, string>([
    [killScheduler, 'scheduler'],
    [freezeScheduler, 'scheduler'],
    [slowNetwork, 'network'],
    [fullDisk, agentWithSmallDisk(farm)],
  ]);

  const hasBegun = async (id: string) =>
    (await query<{ state: string }>(pool, 'SELECT state FROM jobs WHERE id = $1', [id]))[0]?.state !== 'queued';
  const strike = async (fault: Fault, agent: string) => {
    const scene: Scene = {
      farm,
      random,
      pastLeaseMs: leaseSeconds * 1000 + 1500,
      agent,
      submitAside: async (count) => {
        aside++;
        return (await submit(farm.api, batchOf(`aside ${aside}`, asideSeed, count, 100), `aside ${aside}`)).id;
      },
      hasBegun,
    };
    await fault.strike(scene);
  };

  for (const [i, fault] of plan.entries()) {
    const [from, to] = [i, i + 1].map((part) => Math.floor((part * tasks) / plan.length)) as [number, number];
    if (to > from) {
      const { id } = await submit(farm.api, batchOf(`part ${i}`, from + 1, to - from), `part ${i}`);
      wanted.push({ id, total: to - from });
      while (!(await hasBegun(id))) await wait(20);
    }
    await wait(random.below(300));
    // One scheduler, one small disk: two faults at the same thing would undo each other.
    while (active.size >= Math.min(atOnce, farm.agentNames.length - 1)) await Promise.race(active);
    const fixed = victims.get(fault);
    while (fixed && harmed.has(fixed)) await Promise.race(active);
    const victim = fixed ?? random.pick(farm.agentNames.filter((agent) => !harmed.has(agent)));
    harmed.add(victim);
    struck.set(fault.name, (struck.get(fault.name) ?? 0) + 1);
    note(`${i + 1}/${plan.length} ${fault.name}${victims.has(fault) ? '' : ` (${victim})`}`);
    const striking: Promise<void> = strike(fault, victim)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => {
        active.delete(striking);
        harmed.delete(victim);
      });
    active.add(striking);
  }
  await Promise.all(active);
  if (failures.length > 0) throw failures[0];
  await untilFinished(pool);
  return { wanted, struck, aside };
}

/** Waits until every job has ended, or long enough: what is missing then is lost. */
async function untilFinished(pool: pg.Pool): Promise<void> {
  const deadline = Date.now() + finishMs;
  while (Date.now() < deadline) {
    const [row] = await query<{ open: number }>(
      pool,
      `SELECT count(*)::integer AS open FROM jobs WHERE state NOT IN ('completed', 'failed', 'cancelled')`,
    );
    if (row!.open === 0) return;
    await wait(250);
  }
}
