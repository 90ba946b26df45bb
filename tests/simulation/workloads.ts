/** Farms and work for what instances do not cover: many users, bursts, people who wait, losses, and size. */
import type { Cost, JobClass } from '@atelier/scheduling';
import { Random } from './farm/random.js';
import type { Scenario, SimulatedJob, SimulatedSlot } from './farm/scenario.js';

/** Two kinds of card; the second takes 0.65 of the time of the first. */
const types = ['rtx3070', 'rtx4070'] as const;
const giB = 2 ** 30;

const popularity = (count: number) => Array.from({ length: count }, (_, i) => 1 / (i + 1));

/** Costs of checkpoints: every third one is large. */
export function costsOf(checkpoints: number): Scenario['costs'] {
  return Array.from({ length: checkpoints }, (_, i) => i).flatMap((i) =>
    types.map((slotType, kind) => {
      const large = i % 3 === 2;
      const single = (large ? 10.2 : 2.3) * (kind === 0 ? 1 : 0.65);
      const sizes = large ? [1, 2] : [1, 2, 4];
      const cost: Cost = {
        loadSeconds: large ? { ram: 2.2, disk: 7.4, lan: 56 } : { ram: 1, disk: 2.6, lan: 18 },
        runs: sizes.map((size) => ({
          size,
          seconds: single * (0.12 + 0.88 * size),
          vramBytes: (large ? 5.4 + 1.2 * size : 2.3 + 0.9 * size) * giB,
        })),
      };
      return { costKey: costKeyOf(i), slotType, cost };
    }),
  );
}

const costKeyOf = (i: number) => `checkpoint-${i} 512x512`;

export function classOf(checkpoint: number, remaining: number, id = 0): JobClass {
  const residencyKey = `checkpoint-${checkpoint}`;
  const costKey = costKeyOf(checkpoint);
  const models = [{ name: residencyKey, sha256: residencyKey }];
  return { id, residencyKey, costKey, batchKey: costKey, remaining, models, features: [], reproducible: false };
}

/** Slots of both kinds, by turns. */
export function slotsOf(count: number): SimulatedSlot[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `slot-${String(i + 1).padStart(5, '0')}`,
    nodeId: `node-${i + 1}`,
    type: types[i % 2]!,
    vramBytes: (i % 2 === 0 ? 8 : 12) * giB,
    availableAt: 0,
  }));
}

/**
 * Four users with batches of their own checkpoints, who all have work for the whole time; somebody waits for a picture
 * every five seconds; at ten minutes a quarter of the nodes is lost.
 */
export function busyDay(): Scenario {
  const random = new Random(11);
  const checkpoints = 24;
  const users = ['ada', 'ben', 'cleo', 'dan'];
  const jobs: SimulatedJob[] = [];
  for (const [u, user] of users.entries())
    for (let burst = 0; burst < 6; burst++) {
      const classes = [0, 1, 2].map((id) =>
        classOf(u * 6 + ((burst + id) % 6), 120 + Math.floor(120 * random.next()), id),
      );
      jobs.push({ id: `${user}-${burst}`, at: burst * 60, user, classes });
    }
  for (let at = 30; at < 1500; at += random.exponential(5)) {
    const checkpoint = random.pick([...Array(checkpoints).keys()], popularity(checkpoints));
    jobs.push({
      id: `live-${at.toFixed(2)}`,
      at,
      user: 'people',
      interactive: true,
      classes: [classOf(checkpoint, 1)],
    });
  }
  const slots = slotsOf(32);
  const losses = slots.filter((_, i) => i % 4 === 3).map(({ id }) => ({ slotId: id, at: 600 }));
  return { slots, jobs, costs: costsOf(checkpoints), noise: 0.05, failures: 0.002, losses, seed: 3 };
}

/** One slot, a batch, and people who want more pictures than the slot can make, for half an hour. */
export function onlySlot(): Scenario {
  const people = Array.from({ length: 900 }, (_, n): SimulatedJob => ({
    id: `live-${n}`,
    at: 2 * n,
    user: 'people',
    interactive: true,
    classes: [classOf(0, 1)],
  }));
  const batch: SimulatedJob = { id: 'batch', at: 0, user: 'ada', classes: [classOf(1, 900)] };
  return { slots: slotsOf(1), jobs: [batch, ...people], costs: costsOf(2), noise: 0.05, seed: 7 };
}

/** One batch of `tasks` over `checkpoints`, on `slots`. */
export function oneBatch(slots: number, checkpoints: number, tasks: number): Scenario {
  const weights = popularity(checkpoints);
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  const classes = weights.map((weight, i) => classOf(i, Math.max(1, Math.round((tasks * weight) / whole)), i));
  return { slots: slotsOf(slots), jobs: [{ id: 'batch', at: 0, classes }], costs: costsOf(checkpoints), seed: 5 };
}

/**
 * One checkpoint with six sets of LoRAs, asked for by turns: 2,000 pictures on 8 slots. Another set takes 0.8 s on a slot
 * that has the checkpoint (`docs/scheduling.md`), the checkpoint 2.6 s.
 */
export function loraSets(): Scenario {
  const sets = Array.from({ length: 6 }, (_, i) => `checkpoint-0 set-${i}`);
  const weights = popularity(sets.length);
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  const [small] = costsOf(1).map(({ cost }) => cost);
  const classes = sets.map((residencyKey, id): JobClass => ({
    ...classOf(0, Math.round((2000 * weights[id]!) / whole), id),
    ...{ residencyKey, costKey: residencyKey, batchKey: residencyKey },
  }));
  const costs = sets.flatMap((costKey) =>
    types.map((slotType, kind) => {
      const runs = small!.runs.map((run) => ({ ...run, seconds: run.seconds * (kind === 0 ? 1 : 0.65) }));
      return { costKey, slotType, cost: { ...small!, runs, changeSeconds: 0.8 } };
    }),
  );
  return { slots: slotsOf(8), jobs: [{ id: 'batch', at: 0, classes }], costs, noise: 0.05, seed: 13 };
}

/** A farm of 10,000 nodes that grows and loses some, with a million tasks in jobs of all sizes. */
export function large(nodes: number, tasks: number): Scenario {
  const random = new Random(17);
  const checkpoints = 40;
  const slots = slotsOf(nodes).map((slot, i) => ({ ...slot, availableAt: i % 10 === 0 ? 60 + (i % 300) : 0 }));
  const losses = slots.filter((_, i) => i % 50 === 7).map(({ id }, i) => ({ slotId: id, at: 100 + i }));
  const jobs: SimulatedJob[] = [];
  for (let left = tasks, n = 0; left > 0; n++) {
    const size = Math.min(left, n % 20 === 0 ? Math.ceil(tasks / 8) : 1 + Math.floor(random.exponential(tasks / 100)));
    left -= size;
    const checkpoint = random.pick([...Array(checkpoints).keys()], popularity(checkpoints));
    jobs.push({ id: `job-${n}`, at: n * 2, user: `user-${n % 12}`, classes: [classOf(checkpoint, size)] });
  }
  return { slots, jobs, costs: costsOf(checkpoints), noise: 0.05, failures: 0.001, losses, seed: 23, tickSeconds: 5 };
}
