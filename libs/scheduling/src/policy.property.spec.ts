/** What must hold whatever happens: random farms, random work, checked after every event. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createPolicy } from './policy.js';
import type { Assign, JobClass, PolicyEvent } from './types.js';

const giB = 2 ** 30;
const keys = ['A', 'B', 'C'];
const costs = keys.map((key, i) => ({
  type: 'cost' as const,
  costKey: key,
  slotType: 'any',
  cost: {
    loadSeconds: { ram: 1, disk: 3 + i, lan: 30 },
    runs: [1, 2, 4].map((size) => ({ size, seconds: 1 + size, vramBytes: (2 + i + size) * giB })),
  },
}));
const memoryOf = (key: string, count: number) =>
  costs.find(({ costKey }) => costKey === key)!.cost.runs.find(({ size }) => size >= count)!.vramBytes;

const classOf = (key: string, remaining: number): JobClass => ({
  ...{ id: 0, residencyKey: key, costKey: key, batchKey: key, remaining, reproducible: false },
  ...{ models: [{ name: key, sha256: key }], features: [] },
});
const jobClass = fc
  .record({ key: fc.constantFrom(...keys), remaining: fc.integer({ min: 1, max: 9 }), reproducible: fc.boolean() })
  .map(({ key, remaining, reproducible }, id = 0): JobClass => ({
    id,
    residencyKey: key,
    costKey: key,
    batchKey: key,
    remaining,
    models: [{ name: key, sha256: key }],
    features: [],
    reproducible,
  }));
const slotId = fc.constantFrom('s0', 's1', 's2', 's3', 's4');
const jobId = fc.constantFrom('j0', 'j1', 'j2', 'j3');

type Fact = PolicyEvent extends infer E ? (E extends unknown ? Omit<E, 'at'> : never) : never;
const fact: fc.Arbitrary<Fact> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .record({
        jobId,
        class: jobClass,
        priority: fc.constantFrom(-100, 0, 100),
        user: fc.constantFrom('ada', 'ben'),
        interactive: fc.boolean(),
      })
      .map(({ class: one, ...job }) => ({ type: 'job-added' as const, createdAt: 0, classes: [one], ...job })),
  },
  { weight: 1, arbitrary: jobId.map((id) => ({ type: 'job-removed' as const, jobId: id })) },
  { weight: 1, arbitrary: jobId.map((id) => ({ type: 'job-paused' as const, jobId: id })) },
  { weight: 1, arbitrary: jobId.map((id) => ({ type: 'job-resumed' as const, jobId: id })) },
  {
    weight: 4,
    arbitrary: fc
      .record({ slotId, vramGiB: fc.constantFrom(4, 6, 12), chassis: fc.constantFrom('c0', 'c1') })
      .map(({ slotId: id, vramGiB, chassis }) => ({
        type: 'slot-added' as const,
        slotId: id,
        nodeId: `node-of-${id}`,
        models: 'all' as const,
        features: 'all' as const,
        maxGroup: 4,
        vramBytes: vramGiB * giB,
        watts: 300,
        chassis,
      })),
  },
  { weight: 1, arbitrary: slotId.map((id) => ({ type: 'slot-removed' as const, slotId: id })) },
  { weight: 8, arbitrary: slotId.map((id) => ({ type: 'slot-free' as const, slotId: id })) },
  { weight: 2, arbitrary: fc.constant({ type: 'tick' as const }) },
);
const history = fc.array(fc.record({ fact, wait: fc.integer({ min: 0, max: 60_000 }) }), { maxLength: 60 });

/** What a bystander knows of the farm from what was told and decided. */
class Bystander {
  readonly slots = new Map<string, { vramBytes: number; chassis: string; runs: number }>();
  readonly jobs = new Map<string, { left: number; paused: boolean; of: JobClass }>();

  see(told: Fact): void {
    switch (told.type) {
      case 'slot-added':
        return void this.slots.set(told.slotId, { vramBytes: told.vramBytes!, chassis: told.chassis!, runs: 0 });
      case 'slot-removed':
        return void this.slots.delete(told.slotId);
      case 'slot-free': {
        const slot = this.slots.get(told.slotId);
        return void (slot && slot.runs > 0 && slot.runs--);
      }
      case 'job-added':
        return void this.jobs.set(told.jobId, {
          left: told.classes[0]!.remaining,
          paused: false,
          of: told.classes[0]!,
        });
      case 'job-removed':
        return void this.jobs.delete(told.jobId);
      case 'job-paused':
      case 'job-resumed': {
        const job = this.jobs.get(told.jobId);
        return void (job && (job.paused = told.type === 'job-paused'));
      }
      default:
        return;
    }
  }

  obey({ slotId: id, jobId: first, count, joined }: Assign): void {
    const slot = this.slots.get(id)!;
    const parts = [{ jobId: first, count }, ...joined];
    const size = parts.reduce((sum, part) => sum + part.count, 0);
    const { of } = this.jobs.get(first)!;
    expect(memoryOf(of.costKey, size), 'fits into the slot').toBeLessThanOrEqual(slot.vramBytes);
    for (const part of parts) {
      const job = this.jobs.get(part.jobId)!;
      expect(job.paused).toBe(false);
      expect(job.of.batchKey).toBe(of.batchKey);
      if (job.of.reproducible) expect(size, 'reproducible work runs alone').toBe(1);
      job.left -= part.count;
      expect(job.left, 'no more than there is').toBeGreaterThanOrEqual(0);
    }
    slot.runs += 1;
    expect(slot.runs, 'one run and one that waits').toBeLessThanOrEqual(2);
  }

  watts(chassis: string): number {
    return [...this.slots.values()].filter((slot) => slot.chassis === chassis && slot.runs > 0).length * 300;
  }
}

it('never goes over memory or watts, gives out nothing twice, and leaves no slot idle without a rule', () => {
  fc.assert(
    fc.property(history, (steps) => {
      const policy = createPolicy();
      const bystander = new Bystander();
      let at = 0;
      for (const event of costs) policy.apply({ at, ...event });
      policy.apply({ at, type: 'chassis-budget', chassis: 'c0', watts: 700 });
      for (const { fact: told, wait } of steps) {
        at += wait;
        bystander.see(told);
        const decisions = policy.apply({ at, ...told } as PolicyEvent);
        for (const decision of decisions) bystander.obey(decision as Assign);
        expect(bystander.watts('c0')).toBeLessThanOrEqual(700);
        for (const [id, { runs }] of bystander.slots) {
          const waiting = policy.idleFor(id);
          expect(waiting === null).toBe(runs > 0);
          const couldRun = [...bystander.jobs.values()].some(
            ({ left, paused, of }) =>
              left > 0 && !paused && memoryOf(of.costKey, 1) <= bystander.slots.get(id)!.vramBytes,
          );
          if (couldRun && waiting) expect(['tail', 'power-budget']).toContain(waiting.rule);
        }
        for (const [id, { left }] of bystander.jobs) expect(policy.waitingFor(id) === null).toBe(left === 0);
      }
    }),
    { numRuns: 300 },
  );
});

it('decides the same for the same events', () => {
  fc.assert(
    fc.property(history, (steps) => {
      const run = () => {
        const policy = createPolicy({ prefetch: true, lateCopies: true });
        let at = 0;
        return steps.map(({ fact: told, wait }) => policy.apply({ at: (at += wait), ...told } as PolicyEvent));
      };
      expect(run()).toEqual(run());
    }),
    { numRuns: 100 },
  );
});

it('starts every task within a bound, however much of higher priority comes', () => {
  fc.assert(
    fc.property(
      fc.constantFrom([100, 'A'] as const, [100, 'B'] as const, [0, 'B'] as const),
      fc.integer({ min: 1, max: 3 }),
      ([ahead, key], slots) => {
        const policy = createPolicy();
        let at = 0;
        for (let i = 0; i < slots; i++)
          policy.apply({
            at,
            type: 'slot-added',
            slotId: `s${i}`,
            nodeId: `n${i}`,
            models: 'all',
            features: 'all',
            maxGroup: 1,
          });
        const work = (residencyKey: string, remaining: number): JobClass => ({
          id: 0,
          residencyKey,
          costKey: residencyKey,
          batchKey: residencyKey,
          remaining,
          models: [],
          features: [],
          reproducible: false,
        });
        policy.apply({
          at,
          type: 'job-added',
          jobId: 'others',
          priority: ahead,
          createdAt: 0,
          classes: [work('A', 1e6)],
        });
        policy.apply({ at, type: 'job-added', jobId: 'one', priority: 0, createdAt: 1, classes: [work(key, 1)] });
        const bound = 2 * 3600_000;
        let begun = policy.waitingFor('one') === null;
        while (!begun && at < bound) {
          at += 5000;
          for (let i = 0; i < slots; i++) policy.apply({ at, type: 'slot-free', slotId: `s${i}` });
          begun = policy.waitingFor('one') === null;
        }
        expect(begun).toBe(true);
      },
    ),
  );
});

it('lets neither batches nor people starve, however much of the other comes', () => {
  const seconds = { A: 2, B: 9 };
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom('A' as const, 'B' as const),
      fc.constantFrom('A' as const, 'B' as const),
      fc.integer({ min: -100, max: 100 }),
      (slotCount, ofPeople, ofBatch, priority) => {
        const policy = createPolicy();
        const queues = new Map<string, { end: number; runs: { jobId: string; key: 'A' | 'B' }[] }>();
        const held = new Map<string, string>();
        let at = 0;
        const began = { people: [0], batch: [0] };
        const keyOf = { people: ofPeople, batch: ofBatch };
        const load = 4;
        const begin = (slotId: string) => {
          const queue = queues.get(slotId)!;
          const next = queue.runs[0];
          if (!next) return;
          queue.end = at + 1000 * (seconds[next.key] + (held.get(slotId) === next.key ? 0 : load));
          held.set(slotId, next.key);
          began[next.jobId as 'people' | 'batch'].push(at);
        };
        const tell = (event: Fact) => {
          for (const { slotId, jobId } of policy.apply({ at, ...event } as PolicyEvent) as Assign[]) {
            const { runs } = queues.get(slotId)!;
            runs.push({ jobId, key: keyOf[jobId as 'people' | 'batch'] });
            if (runs.length === 1) begin(slotId);
          }
        };
        for (const [key, run] of Object.entries(seconds)) {
          const cost = {
            loadSeconds: { ram: 1, disk: load, lan: 30 },
            runs: [{ size: 1, seconds: run, vramBytes: 0 }],
          };
          tell({ type: 'cost', costKey: key, slotType: 'any', cost });
        }
        for (let i = 0; i < slotCount; i++) {
          queues.set(`s${i}`, { end: Infinity, runs: [] });
          const abilities = { models: 'all' as const, features: 'all' as const, maxGroup: 1 };
          tell({ type: 'slot-added', slotId: `s${i}`, nodeId: `n${i}`, ...abilities });
        }
        const work = (key: string): JobClass => ({
          id: 0,
          residencyKey: key,
          costKey: key,
          batchKey: key,
          remaining: 1e6,
          models: [],
          features: [],
          reproducible: false,
        });
        tell({
          type: 'job-added',
          jobId: 'people',
          priority: 0,
          createdAt: 0,
          interactive: true,
          classes: [work(ofPeople)],
        });
        tell({ type: 'job-added', jobId: 'batch', priority, createdAt: 1, classes: [work(ofBatch)] });
        while (at < 1800_000) {
          const [slotId, queue] = [...queues].reduce((a, b) => (b[1].end < a[1].end ? b : a));
          at = queue.end;
          queue.runs.shift();
          queue.end = Infinity;
          begin(slotId);
          tell({ type: 'slot-free', slotId });
        }
        for (const times of Object.values(began)) {
          const gaps = [...times, at].map((time, i) => time - (times[i - 1] ?? 0));
          // A turn of a minute that its last run may overdraw, what waits behind it, and a load.
          expect(Math.max(...gaps) / 1000).toBeLessThanOrEqual(60 + 3 * seconds.B + 2 * load);
        }
      },
    ),
    { numRuns: 40 },
  );
});

it('makes no run larger than what fits, and large ones again once that is lifted', () => {
  const most = { small: 4, large: 4 };
  const step = fc.record({
    slotType: fc.constantFrom('small' as const, 'large' as const),
    what: fc.constantFrom('refused' as const, 'lifted' as const, 'learned' as const),
    group: fc.integer({ min: 2, max: 4 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const policy = createPolicy();
      const limit = { ...most };
      const runs = [1, 2, 4].map((size) => ({ size, seconds: 1 + size, vramBytes: 0 }));
      const cost = { loadSeconds: { ram: 1, disk: 3, lan: 30 }, runs };
      let at = 0;
      const told = (event: Fact) => {
        const decisions = policy.apply({ ...event, at: (at += 1000) } as PolicyEvent) as Assign[];
        for (const { slotId: id, count } of decisions)
          expect(count, `on ${id}`).toBeLessThanOrEqual(limit[id as keyof typeof limit]);
        return decisions;
      };
      for (const slotType of ['small', 'large'] as const) {
        told({ type: 'cost', costKey: 'A', slotType, cost });
        told({
          ...{ type: 'slot-added', slotId: slotType, nodeId: slotType, slotType },
          ...{ models: 'all', features: 'all', maxGroup: 4 },
        });
      }
      const classes = [classOf('A', 10_000)];
      told({ type: 'job-added', jobId: 'j', priority: 0, createdAt: 0, classes });
      for (const { slotType, what, group } of steps) {
        if (what === 'refused') limit[slotType] = Math.min(limit[slotType], Math.floor(group / 2));
        if (what === 'lifted') limit[slotType] = most[slotType];
        const known = limit[slotType] < most[slotType] ? { most: limit[slotType] } : {};
        if (what === 'refused') told({ type: 'out-of-memory', slotId: slotType, costKey: 'A', group });
        else told({ type: 'cost', costKey: 'A', slotType, cost: { ...cost, ...known } });
        const sizes = [1, 2].flatMap(() => told({ type: 'slot-free', slotId: slotType }).map(({ count }) => count));
        expect(Math.max(...sizes), 'as large as fits').toBe(limit[slotType] === 3 ? 2 : limit[slotType]);
      }
    }),
    { numRuns: 100 },
  );
});
