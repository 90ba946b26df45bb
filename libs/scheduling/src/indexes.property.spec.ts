/** The indexes that events keep in step equal those built anew from what is left, whatever happened in between. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Costs } from './cost.js';
import { Gates } from './gates.js';
import { Jobs } from './jobs.js';
import { Shares, stopOf } from './shares.js';
import { Slots } from './slots.js';
import type { JobClass, PolicyEvent } from './types.js';
import { headFor, WorkIndex, type Lane } from './work.js';

type Added = Extract<PolicyEvent, { type: 'job-added' }>;

/** What is left of a job, as a bystander counts it: tasks by class and the nodes that they avoid. */
interface Left {
  added: Added;
  priority: number;
  paused: boolean;
  tasks: Map<string, { classId: number; avoid: readonly string[]; count: number }>;
}

function indexes() {
  const index = new WorkIndex(new Costs());
  const shares = new Shares();
  return { index, shares, jobs: new Jobs(index, shares), slots: new Slots(2) };
}

const jobClass = (id: number, key: string, remaining: number): JobClass => ({
  id,
  residencyKey: key,
  costKey: key,
  batchKey: key,
  remaining,
  models: [{ name: key, sha256: key }],
  features: [],
  reproducible: false,
});

const jobId = fc.constantFrom('j0', 'j1', 'j2', 'j3');
const step = fc.oneof(
  fc.record({
    type: fc.constant('add' as const),
    jobId,
    keys: fc.uniqueArray(fc.constantFrom('A', 'B', 'C'), { minLength: 1 }),
    remaining: fc.integer({ min: 0, max: 5 }),
    priority: fc.constantFrom(-100, 0, 100),
    user: fc.constantFrom('ada', 'ben'),
    interactive: fc.boolean(),
    tags: fc.constantFrom([], ['fast']),
  }),
  fc.record({ type: fc.constantFrom('remove' as const, 'pause' as const, 'resume' as const), jobId }),
  fc.record({ type: fc.constant('priority' as const), jobId, priority: fc.constantFrom(-100, 0, 100) }),
  fc.record({
    type: fc.constant('return' as const),
    jobId,
    classId: fc.integer({ min: 0, max: 2 }),
    avoid: fc.constantFrom([], ['n0'], ['n0', 'n1']),
    count: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ type: fc.constant('take' as const), pick: fc.nat(), count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ type: fc.constant('budget' as const), user: fc.constantFrom('ada', 'ben'), spent: fc.boolean() }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const keyOf = (classId: number, avoid: readonly string[]) => [classId, ...avoid].join(' ');
const budgetOf = (spent: boolean) => ({ budgetSeconds: spent ? 0 : null });

class Model {
  readonly live = indexes();
  private readonly left = new Map<string, Left>();
  private readonly spent = new Map<string, boolean>();

  take(done: Step): void {
    const { jobs, index, shares } = this.live;
    const at = 0;
    switch (done.type) {
      case 'add': {
        const { jobId, keys, remaining, tags, priority, user, interactive } = done;
        const traits = { priority, user, interactive };
        const classes = keys.map((key, id) => jobClass(id, key, remaining));
        const added: Added = { at, type: 'job-added', jobId, createdAt: 7, classes, ...traits, requires: { tags } };
        const tasks = classes.map(({ id }) => [keyOf(id, []), { classId: id, avoid: [], count: remaining }] as const);
        this.left.set(jobId, { added, priority: done.priority, paused: false, tasks: new Map(tasks) });
        return jobs.add(added);
      }
      case 'remove':
        this.left.delete(done.jobId);
        return jobs.remove(done.jobId);
      case 'pause':
      case 'resume': {
        const paused = done.type === 'pause';
        const job = this.left.get(done.jobId);
        if (job) job.paused = paused;
        return jobs.setPaused(done.jobId, paused, at);
      }
      case 'priority': {
        const job = this.left.get(done.jobId);
        if (job) job.priority = done.priority;
        return jobs.setPriority(done.jobId, done.priority, at);
      }
      case 'return': {
        const { jobId, classId, avoid, count } = done;
        const job = this.left.get(jobId);
        if (job?.added.classes.some(({ id }) => id === classId)) {
          const before = job.tasks.get(keyOf(classId, avoid))?.count ?? 0;
          job.tasks.set(keyOf(classId, avoid), { classId, avoid, count: before + count });
        }
        return jobs.giveBack({ at, type: 'tasks-returned', jobId, classId, count, avoid });
      }
      case 'take': {
        const lanes = [...index.lanes];
        const lane = lanes[done.pick % Math.max(1, lanes.length)];
        if (!lane) return;
        const item = lane.items[done.pick % lane.items.length]!;
        const count = Math.min(done.count, item.remaining);
        this.left.get(item.jobId)!.tasks.get(keyOf(item.classId, item.avoid))!.count -= count;
        return jobs.take(lane.need, item, count);
      }
      case 'budget':
        this.spent.set(done.user, done.spent);
        return shares.set('default', done.user, budgetOf(done.spent));
    }
  }

  /** The same, built from what is left. */
  anew(): ReturnType<typeof indexes> {
    const fresh = indexes();
    for (const { added, priority, paused, tasks } of this.left.values()) {
      const classes = added.classes.map((one) => ({ ...one, remaining: 0 }));
      fresh.jobs.add({ ...added, priority, classes, paused });
      for (const { classId, avoid, count } of tasks.values()) {
        if (count === 0) continue;
        fresh.jobs.giveBack({ at: 0, type: 'tasks-returned', jobId: added.jobId, classId, count, avoid });
      }
    }
    for (const [user, spent] of this.spent) fresh.shares.set('default', user, budgetOf(spent));
    return fresh;
  }
}

const describeLane = ({ need, owner, priority, interactive, items }: Lane) => ({
  need: need.key,
  owner: owner.user.name,
  priority,
  interactive,
  items: items.map(({ jobId, classId, avoid, remaining }) => ({ jobId, classId, avoid, remaining })),
});
const sorted = (things: Iterable<object>) => [...things].map((thing) => JSON.stringify(thing)).sort();

const stateOf = ({ index, shares }: ReturnType<typeof indexes>) => ({
  remaining: index.remaining,
  needs: sorted([...index.needs].map(({ key, remaining, lanes }) => ({ key, remaining, lanes: lanes.size }))),
  lanes: sorted([...index.lanes].map(describeLane)),
  waiting: ['ada', 'ben'].map((user) => shares.owner('default', user).user.waiting),
});

it('equal those built anew from what is left', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const model = new Model();
      for (const done of steps) {
        model.take(done);
        expect(stateOf(model.live)).toEqual(stateOf(model.anew()));
      }
    }),
    { numRuns: 150 },
  );
});

it('let a slot see the lanes that a search through all work finds', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.boolean(), (steps, fast) => {
      const model = new Model();
      for (const done of steps) model.take(done);
      const { index, slots } = model.live;
      const slot = slots.add({
        at: 0,
        type: 'slot-added',
        slotId: 's',
        nodeId: 'n0',
        models: new Set(['A', 'B']),
        features: 'all',
        maxGroup: 1,
        tags: fast ? ['fast'] : [],
      });
      const found = new Gates(index, slots).turn(slot, 0).eligible;
      const all = [...model.anew().index.lanes].filter(
        (lane) =>
          lane.need.models.every(({ sha256 }) => sha256 !== 'C') &&
          (lane.need.requires.tags ?? []).every(() => fast) &&
          headFor(lane, 'n0') !== undefined &&
          stopOf(lane.owner) === undefined,
      );
      expect(sorted(found.map(describeLane))).toEqual(sorted(all.map(describeLane)));
    }),
    { numRuns: 150 },
  );
});
