/** The policy against the same rules written without any index: every decision scans all jobs, classes and slots. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createPolicy } from './policy.js';
import { affinityHoldMs, avoidHoldMs } from './rules.js';
import type { Assign, JobClass, PolicyEvent } from './types.js';

interface PlainItem {
  jobId: string;
  jobClass: JobClass;
  avoid: string[];
  until: number;
  remaining: number;
}
interface PlainJob {
  priority: number;
  createdAt: number;
  paused: boolean;
  classes: readonly JobClass[];
  items: PlainItem[];
}
type PlainSlot = Extract<PolicyEvent, { type: 'slot-added' }> & {
  since: number;
  occupied: number;
  usedAt: number;
  opened: number;
};

const keyOf = ({ residencyKey, features }: JobClass) => JSON.stringify([residencyKey, features]);

class PlainPolicy {
  jobs = new Map<string, PlainJob>();
  slots = new Map<string, PlainSlot>();
  servedAt = new Map<string, number>();
  opened = 0;
  now = 0;

  apply(event: PolicyEvent): Assign[] {
    this.now = event.at;
    const served = this.take(event);
    this.noteWaiting();
    const decisions = this.serve(served);
    const waiting = new Set(this.waiting().map(({ jobClass }) => keyOf(jobClass)));
    for (const key of this.servedAt.keys()) if (!waiting.has(key)) this.servedAt.delete(key);
    return decisions;
  }

  take(event: PolicyEvent): PlainSlot[] {
    const open = [...this.slots.values()].filter(({ occupied }) => occupied < 2).sort((a, b) => a.opened - b.opened);
    const job = 'jobId' in event ? this.jobs.get(event.jobId) : undefined;
    const slot = 'slotId' in event ? this.slots.get(event.slotId) : undefined;
    switch (event.type) {
      case 'job-added': {
        const items = event.classes.map((jobClass) => ({
          jobId: event.jobId,
          jobClass,
          avoid: [],
          until: 0,
          remaining: jobClass.remaining,
        }));
        const { priority, createdAt, paused = false, classes } = event;
        this.jobs.set(event.jobId, { priority, createdAt, paused, classes, items });
        return open;
      }
      case 'job-removed':
        this.jobs.delete(event.jobId);
        return open;
      case 'job-paused':
      case 'job-resumed':
        if (job) job.paused = event.type === 'job-paused';
        return open;
      case 'job-priority':
        if (job) job.priority = event.priority;
        for (const item of job?.items ?? []) if (item.avoid.length > 0) item.until = event.at + avoidHoldMs;
        return open;
      case 'tasks-returned': {
        const jobClass = job?.classes.find(({ id }) => id === event.classId);
        if (!job || !jobClass) return open;
        const avoid = [...(event.avoid ?? [])].sort();
        const same = job.items.find((item) => item.jobClass === jobClass && String(item.avoid) === String(avoid));
        if (same) Object.assign(same, { remaining: same.remaining + event.count, until: event.at + avoidHoldMs });
        else
          job.items.push({
            jobId: event.jobId,
            jobClass,
            avoid,
            until: event.at + avoidHoldMs,
            remaining: event.count,
          });
        return open;
      }
      case 'tick':
        for (const { items } of this.jobs.values())
          for (const item of items) if (item.until <= event.at) item.until = 0;
        return open;
      case 'slot-added':
        this.slots.delete(event.slotId);
        this.slots.set(event.slotId, {
          ...event,
          since: event.at,
          usedAt: event.at,
          occupied: 0,
          opened: this.opened++,
        });
        return [this.slots.get(event.slotId)!];
      case 'slot-changed':
        return slot ? [Object.assign(slot, { models: event.models ?? slot.models })] : [];
      // Their decisions are tested one by one.
      case 'out-of-memory':
      case 'key-suspended':
      case 'key-resumed':
        return [];
      case 'slot-free':
        if (!slot) return [];
        if (slot.occupied === 2) slot.opened = this.opened++;
        slot.occupied = Math.max(0, slot.occupied - 1);
        return [slot];
      case 'slot-loaded':
        if (!slot) return [];
        if (slot.occupied === 0 && slot.resident !== event.resident) {
          Object.assign(slot, { resident: event.resident, since: event.at });
        }
        return [slot];
      case 'slot-removed':
        this.slots.delete(event.slotId);
        return [];
    }
  }

  waiting(): PlainItem[] {
    return [...this.jobs.values()].flatMap(({ paused, items }) =>
      paused ? [] : items.filter((item) => item.remaining > 0),
    );
  }

  noteWaiting(): void {
    for (const { jobClass } of this.waiting()) {
      if (!this.servedAt.has(keyOf(jobClass))) this.servedAt.set(keyOf(jobClass), this.now);
    }
  }

  able(slot: PlainSlot, { models, features }: JobClass): boolean {
    return (
      (slot.models === 'all' || models.every(({ sha256 }) => (slot.models as ReadonlySet<string>).has(sha256))) &&
      (slot.features === 'all' || features.every((feature) => (slot.features as ReadonlySet<string>).has(feature)))
    );
  }

  ableCount = (jobClass: JobClass) => [...this.slots.values()].filter((slot) => this.able(slot, jobClass)).length;

  choose(slot: PlainSlot): { item: PlainItem; resident: boolean } | undefined {
    const candidates = this.waiting()
      .filter(
        ({ jobClass, avoid, until }) => this.able(slot, jobClass) && (until === 0 || !avoid.includes(slot.nodeId)),
      )
      .map((item) => {
        const { priority, createdAt } = this.jobs.get(item.jobId)!;
        const resident = item.jobClass.residencyKey === slot.resident;
        const served = this.servedAt.get(keyOf(item.jobClass))!;
        const held = this.now - slot.since >= affinityHoldMs && this.now - served >= affinityHoldMs;
        const overdue = held && !resident;
        const rank = [-priority, overdue ? 0 : 1, overdue ? served : 0, resident ? 0 : 1, createdAt];
        return { item, resident, rank };
      });
    return candidates.sort(
      (a, b) =>
        a.rank.map((value, i) => value - b.rank[i]!).find((difference) => difference !== 0) ??
        (a.item.jobId.localeCompare(b.item.jobId) ||
          a.item.jobClass.id - b.item.jobClass.id ||
          b.item.avoid.length - a.item.avoid.length ||
          String(a.item.avoid).localeCompare(String(b.item.avoid))),
    )[0];
  }

  serve(served: PlainSlot[]): Assign[] {
    const decisions: Assign[] = [];
    const assign = (slot: PlainSlot, { jobId, jobClass, avoid, remaining }: PlainItem) => {
      const share = Math.ceil(remaining / this.ableCount(jobClass));
      const count = jobClass.reproducible ? 1 : Math.min(slot.maxGroup, share);
      decisions.push({ type: 'assign', slotId: slot.slotId, jobId, classId: jobClass.id, count, avoid });
      const job = this.jobs.get(jobId)!;
      const item = job.items.find((item) => item.jobClass === jobClass && item.avoid === avoid)!;
      item.remaining -= count;
      job.items = job.items.filter(({ remaining }) => remaining > 0);
      if (slot.resident !== jobClass.residencyKey)
        Object.assign(slot, { resident: jobClass.residencyKey, since: this.now });
      slot.occupied += 1;
      slot.usedAt = this.now;
      this.servedAt.set(keyOf(jobClass), this.now);
    };
    for (let again = true; again;) {
      again = false;
      for (const slot of served) {
        const choice = slot.occupied === 0 ? this.choose(slot) : undefined;
        if (choice?.resident) {
          assign(slot, choice.item);
          again = true;
        }
      }
    }
    const empty = served.filter(({ occupied }) => occupied === 0);
    for (const slot of [...empty].sort((a, b) => Number(!!a.resident) - Number(!!b.resident) || a.usedAt - b.usedAt)) {
      const choice = this.choose(slot);
      if (choice) assign(slot, choice.item);
    }
    for (const slot of served.filter(({ occupied }) => occupied === 1)) {
      const choice = this.choose(slot);
      if (!choice?.resident) continue;
      const need = keyOf(choice.item.jobClass);
      const left = this.waiting().reduce(
        (sum, { jobClass, remaining }) => sum + (keyOf(jobClass) === need ? remaining : 0),
        0,
      );
      if (left >= this.ableCount(choice.item.jobClass)) assign(slot, choice.item);
    }
    return decisions;
  }
}

const keys = ['A', 'B', 'C'];
const slotIds = ['s0', 's1', 's2', 's3'];
const jobIds = ['j0', 'j1', 'j2', 'j3', 'j4'];

const jobClass = fc
  .record({
    key: fc.constantFrom(...keys),
    remaining: fc.integer({ min: 1, max: 8 }),
    heun: fc.boolean(),
    reproducible: fc.boolean(),
  })
  .map(({ key, remaining, heun, reproducible }) => ({
    residencyKey: key,
    costKey: key,
    batchKey: key,
    remaining,
    models: [{ name: key, sha256: key }],
    features: heun ? ['sampler.heun'] : [],
    reproducible,
  }));
const someOf = <T>(values: T[]) =>
  fc.oneof(
    fc.constant('all' as const),
    fc.subarray(values).map((some) => new Set(some)),
  );
const jobId = fc.constantFrom(...jobIds);
const slotId = fc.constantFrom(...slotIds);

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ type: fc.constant('slot-free' as const), slotId }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('job-added' as const),
      jobId,
      priority: fc.integer({ min: 0, max: 1 }),
      createdAt: fc.integer({ min: 0, max: 5 }),
      paused: fc.boolean(),
      classes: fc.array(jobClass, { minLength: 1, maxLength: 4 }).map((all) => all.map((one, id) => ({ id, ...one }))),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('slot-added' as const),
      slotId,
      nodeId: fc.constantFrom('n0', 'n1'),
      resident: fc.option(fc.constantFrom(...keys), { nil: undefined }),
      models: someOf(keys),
      features: someOf(['sampler.heun']),
      maxGroup: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('tasks-returned' as const),
      jobId,
      classId: fc.integer({ min: 0, max: 3 }),
      count: fc.integer({ min: 1, max: 3 }),
      avoid: fc.subarray(['n0', 'n1']),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('tick' as const) }) },
  fc.record({ type: fc.constantFrom('job-removed' as const, 'job-paused' as const, 'job-resumed' as const), jobId }),
  fc.record({ type: fc.constant('job-resumed' as const), jobId }),
  fc.record({ type: fc.constant('job-priority' as const), jobId, priority: fc.integer({ min: 0, max: 2 }) }),
  fc.record({ type: fc.constant('slot-changed' as const), slotId, models: someOf(keys) }),
  fc.record({
    type: fc.constant('slot-loaded' as const),
    slotId,
    resident: fc.option(fc.constantFrom(...keys), { nil: undefined }),
  }),
  fc.record({ type: fc.constant('slot-removed' as const), slotId }),
);

const history = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 20_000 }), step), { maxLength: 120, size: 'max' })
  .map((steps) => {
    let at = 0;
    return steps.map(([passed, event]): PolicyEvent => ({ at: (at += passed), ...event }));
  });

it('decides as a full recomputation does, whatever happens', () => {
  fc.assert(
    fc.property(history, (events) => {
      const policy = createPolicy();
      const plain = new PlainPolicy();
      for (const event of events) expect(policy.apply(event)).toEqual(plain.apply(event));
    }),
    { numRuns: 500, seed: 1 },
  );
});

it('decides the same when the same happens again', () => {
  const decide = (events: PolicyEvent[]) => {
    const policy = createPolicy();
    return events.map((event) => [policy.apply(event), jobIds.map((jobId) => policy.waitingFor(jobId))]);
  };
  fc.assert(
    fc.property(history, (events) => {
      expect(decide(events)).toEqual(decide(structuredClone(events)));
    }),
    { numRuns: 100, seed: 1 },
  );
});
