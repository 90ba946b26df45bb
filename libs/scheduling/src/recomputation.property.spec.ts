/**
 * Whatever happened, the policy decides as one that is told at once how things stand: what it keeps from event to event
 * (indexes, plans, sums) is worth no other decision. The clock stands still, for how long something has waited is no
 * index; and used seconds are set on both sides, as after a restart.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createPolicy } from './policy.js';
import type { AssignedTasks, Decision, JobClass, Policy, PolicyEvent } from './types.js';

type Fact = PolicyEvent extends infer E ? (E extends unknown ? Omit<E, 'at'> : never) : never;
type Of<T extends Fact['type']> = Extract<Fact, { type: T }>;

const at = 1000;
const giB = 2 ** 30;
const keys = ['A', 'B', 'C', 'D'];
const users = ['ada', 'ben'];

const costOf = (key: string, loadSeconds: number): Of<'cost'> => ({
  type: 'cost',
  costKey: key,
  slotType: 'any',
  cost: {
    loadSeconds: { ram: 1, disk: loadSeconds, lan: 30 },
    runs: [1, 2, 4].map((size) => ({ size, seconds: 1 + size, vramBytes: (2 + keys.indexOf(key) + size) * giB })),
  },
});

const jobClass = (key: string, id: number, remaining: number): JobClass => ({
  id,
  residencyKey: key,
  costKey: key,
  batchKey: key,
  remaining,
  models: [{ name: key, sha256: key }],
  features: [],
  reproducible: key === 'D',
});

const oneKey = fc.constantFrom(...keys);
const slotId = fc.constantFrom('s0', 's1', 's2', 's3', 's4');
const jobId = fc.constantFrom('j0', 'j1', 'j2', 'j3');
const [never, sometimes, often] = [undefined, 1, 6];

/** What happens on a farm of some users, each weighing its number. */
const factsOf = (owners: readonly string[]): fc.Arbitrary<Fact> =>
  fc.oneof(
    {
      weight: often,
      arbitrary: fc
        .record({
          jobId,
          keys: fc.uniqueArray(oneKey, { minLength: 1 }),
          remaining: fc.integer({ min: 1, max: 9 }),
          priority: fc.constantFrom(-100, 0, 10, 100),
          user: fc.constantFrom(...owners),
          // Whose turn it is on a slot is kept with it, and ends when the slot is gone.
          interactive: owners.length > 1 ? fc.boolean() : fc.constant(false),
          deadlineAt: fc.constantFrom(never, 60_000, 3_600_000),
        })
        .map(({ keys, remaining, deadlineAt, ...job }): Of<'job-added'> => {
          const classes = keys.map((key, id) => jobClass(key, id, remaining + id));
          return { type: 'job-added', createdAt: 0, classes, ...job, ...(deadlineAt && { deadlineAt }) };
        }),
    },
    { weight: sometimes, arbitrary: fc.record({ type: fc.constant('job-removed' as const), jobId }) },
    {
      weight: 2,
      arbitrary: fc.record({ type: fc.constantFrom('job-paused' as const, 'job-resumed' as const), jobId }),
    },
    {
      weight: sometimes,
      arbitrary: fc.record({
        type: fc.constant('job-priority' as const),
        jobId,
        priority: fc.constantFrom(-100, 0, 100),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        type: fc.constant('tasks-returned' as const),
        jobId,
        classId: fc.integer({ min: 0, max: 2 }),
        count: fc.integer({ min: 1, max: 3 }),
        avoid: fc.constantFrom([], ['n-s0'], ['n-s0', 'n-s1']),
        alone: fc.boolean(),
      }),
    },
    {
      weight: often,
      arbitrary: fc
        .record({ slotId, vramGiB: fc.constantFrom(6, 12), fast: fc.boolean() })
        .map(({ slotId: id, vramGiB, fast }): Of<'slot-added'> => ({
          type: 'slot-added',
          slotId: id,
          nodeId: `n-${id}`,
          models: fast ? 'all' : new Set(['A', 'B', 'D']),
          features: 'all',
          maxGroup: 4,
          vramBytes: vramGiB * giB,
          watts: 300,
          chassis: 'c',
        })),
    },
    { weight: sometimes, arbitrary: fc.record({ type: fc.constant('slot-removed' as const), slotId }) },
    { weight: 12, arbitrary: fc.record({ type: fc.constant('slot-free' as const), slotId }) },
    {
      weight: sometimes,
      arbitrary: fc.record({
        type: fc.constant('slot-held' as const),
        slotId,
        rule: fc.constantFrom(null, 'hours' as const),
      }),
    },
    {
      weight: sometimes,
      arbitrary: fc.record({ type: fc.constant('slot-loaded' as const), slotId, resident: oneKey }),
    },
    {
      weight: sometimes,
      arbitrary: fc.record({
        type: fc.constant('out-of-memory' as const),
        slotId,
        costKey: oneKey,
        group: fc.integer({ min: 1, max: 4 }),
      }),
    },
    {
      weight: sometimes,
      arbitrary: fc.oneof(
        oneKey.map((key): Fact => ({ type: 'key-suspended', residencyKey: key, sentence: 'It fails.' })),
        oneKey.map((key): Fact => ({ type: 'key-resumed', residencyKey: key })),
      ),
    },
    {
      weight: sometimes,
      arbitrary: fc
        .constantFrom(null, 700, 1300)
        .map((watts): Fact => ({ type: 'chassis-budget', chassis: 'c', watts })),
    },
    {
      weight: sometimes,
      arbitrary: fc.tuple(oneKey, fc.integer({ min: 2, max: 9 })).map(([key, load]) => costOf(key, load)),
    },
    { weight: sometimes, arbitrary: fc.constant<Fact>({ type: 'tick' }) },
  );

type Waiting = Pick<AssignedTasks, 'classId' | 'avoid'> & { count: number; alone: boolean };

/** What a bystander would write down of the farm: how things stand, and nothing of how that came about. */
class Farm {
  private readonly jobs = new Map<string, { added: Of<'job-added'>; paused: boolean; tasks: Map<string, Waiting> }>();
  private readonly slots = new Map<
    string,
    { added: Of<'slot-added'>; resident?: string; held?: 'hours'; runs: number }
  >();
  private readonly costs = new Map(keys.map((key) => [key, costOf(key, 3)]));
  /** Most tasks of a key that fit together. */
  private readonly most = new Map<string, number>();
  private readonly suspended = new Map<string, Fact>();
  private budget: Fact = { type: 'chassis-budget', chassis: 'c', watts: null };

  see(fact: Fact): void {
    switch (fact.type) {
      case 'job-added': {
        this.jobs.delete(fact.jobId);
        this.jobs.set(fact.jobId, { added: fact, paused: false, tasks: new Map() });
        for (const { id, remaining } of fact.classes) this.add(fact.jobId, { classId: id, avoid: [] }, remaining);
        return;
      }
      case 'job-removed':
        return void this.jobs.delete(fact.jobId);
      case 'job-paused':
      case 'job-resumed': {
        const job = this.jobs.get(fact.jobId);
        return void (job && (job.paused = fact.type === 'job-paused'));
      }
      case 'job-priority': {
        const job = this.jobs.get(fact.jobId);
        return void (job && (job.added = { ...job.added, priority: fact.priority }));
      }
      case 'tasks-returned':
        return this.add(fact.jobId, { classId: fact.classId, avoid: fact.avoid!, alone: fact.alone! }, fact.count);
      case 'slot-added':
        this.slots.delete(fact.slotId);
        return void this.slots.set(fact.slotId, { added: fact, runs: 0 });
      case 'slot-removed':
        return void this.slots.delete(fact.slotId);
      case 'slot-free': {
        const slot = this.slots.get(fact.slotId);
        return void (slot && slot.runs > 0 && slot.runs--);
      }
      case 'slot-held': {
        const slot = this.slots.get(fact.slotId);
        if (!slot) return;
        delete slot.held;
        if (fact.rule) slot.held = 'hours';
        return;
      }
      case 'slot-loaded': {
        const slot = this.slots.get(fact.slotId);
        return void (slot?.runs === 0 && (slot.resident = fact.resident!));
      }
      case 'out-of-memory':
        if (!this.slots.has(fact.slotId)) return;
        // Slots are all of one type: what is learned on one holds for the others.
        return void this.most.set(
          fact.costKey,
          Math.min(this.most.get(fact.costKey) ?? Infinity, Math.floor(fact.group / 2)),
        );
      case 'key-suspended':
        return void this.suspended.set(fact.residencyKey, fact);
      case 'key-resumed':
        return void this.suspended.delete(fact.residencyKey);
      case 'chassis-budget':
        return void (this.budget = fact);
      case 'cost':
        // It tells of no limit: there is none any more.
        this.most.delete(fact.costKey);
        return void this.costs.set(fact.costKey, fact);
      default:
        return;
    }
  }

  obey(decisions: readonly Decision[]): void {
    for (const decision of decisions) {
      if (decision.type !== 'assign') throw new Error(`a decision to ${decision.type}`);
      const slot = this.slots.get(decision.slotId)!;
      slot.runs += 1;
      slot.resident = this.jobs.get(decision.jobId)!.added.classes[decision.classId]!.residencyKey;
      for (const part of [decision, ...decision.joined]) this.add(part.jobId, part, -part.count);
    }
  }

  /** Ends everything that runs. */
  get ends(): Fact[] {
    return [...this.slots].flatMap(([id, { runs }]) =>
      Array.from({ length: runs }, (): Fact => ({ type: 'slot-free', slotId: id })),
    );
  }

  /** Every slot as it stands, gone and there again: nobody's turn on it goes on. */
  get slotsAnew(): Fact[] {
    return [...this.slots].flatMap(([id]): Fact[] => [{ type: 'slot-removed', slotId: id }, ...this.slotFacts(id)]);
  }

  /** How an idle farm stands. */
  get standing(): Fact[] {
    return [
      ...[...this.costs.values()].map((fact): Fact => {
        const most = this.most.get(fact.costKey);
        return { ...fact, cost: { ...fact.cost, ...(most !== undefined && { most }) } };
      }),
      this.budget,
      ...[...this.slots.keys()].flatMap((id) => this.slotFacts(id)),
      ...[...this.jobs.values()].flatMap(({ added, paused, tasks }): Fact[] => [
        { ...added, paused, classes: added.classes.map((one) => ({ ...one, remaining: 0 })) },
        ...[...tasks.values()]
          .filter(({ count }) => count > 0)
          .map((waiting): Fact => ({ type: 'tasks-returned', jobId: added.jobId, ...waiting })),
      ]),
      ...this.suspended.values(),
    ];
  }

  private slotFacts(id: string): Fact[] {
    const { added, resident, held } = this.slots.get(id)!;
    return [{ ...added, ...(resident !== undefined && { resident }), ...(held && { held }) }];
  }

  private add(jobId: string, { classId, avoid, alone = false }: Omit<AssignedTasks, 'jobId' | 'count'>, count: number) {
    const job = this.jobs.get(jobId);
    if (!job?.added.classes.some(({ id }) => id === classId)) return;
    const key = [classId, alone, ...avoid].join();
    const waiting = job.tasks.get(key) ?? { classId, avoid, alone, count: 0 };
    job.tasks.set(key, waiting);
    waiting.count += count;
    expect(waiting.count, 'no more than there is').toBeGreaterThanOrEqual(0);
  }
}

const tell = (policy: Policy, facts: readonly Fact[]) =>
  facts.flatMap((fact) => policy.apply({ at, ...fact } as PolicyEvent));

/** A slot comes, so that the plan is due, and all that stood still goes on. */
const goesOn: Fact[] = [
  ...users.map((user, i): Fact => ({ type: 'share', project: 'default', user, usedSeconds: 100 * i, weight: 1 + i })),
  {
    type: 'slot-added',
    slotId: 'another',
    nodeId: 'n-another',
    models: 'all',
    features: 'all',
    maxGroup: 2,
    vramBytes: 12 * giB,
  },
  { type: 'farm-paused', paused: false },
];

it.each([1, 2])('decides as one that is told at once how things stand, for %i users', (owners) => {
  const facts = factsOf(users.slice(0, owners));
  const history = fc.array(facts, { minLength: 5, maxLength: 60 });
  fc.assert(
    fc.property(history, fc.array(facts, { maxLength: 25 }), (before, after) => {
      const farm = new Farm();
      const lived = createPolicy();
      tell(lived, farm.standing);
      for (const fact of before) {
        farm.see(fact);
        farm.obey(tell(lived, [fact]));
      }
      tell(lived, [{ type: 'farm-paused', paused: true }]);
      for (const fact of farm.ends) {
        farm.see(fact);
        expect(tell(lived, [fact])).toEqual([]);
      }
      if (owners > 1) tell(lived, farm.slotsAnew);
      const told = createPolicy();
      tell(told, [{ type: 'farm-paused', paused: true }, ...farm.standing]);

      expect(tell(lived, goesOn)).toEqual(tell(told, goesOn));
      for (const fact of after) expect(tell(lived, [fact])).toEqual(tell(told, [fact]));
    }),
    { numRuns: 200 },
  );
});
