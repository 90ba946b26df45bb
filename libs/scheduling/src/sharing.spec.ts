/** Whose turn it is: shares in two levels, quotas, budgets, deadlines, people who wait, and what is told of all that. */
import { describe, expect, it } from 'vitest';
import { createPolicy } from './policy.js';
import type { Assign, JobClass, JobTraits, PolicyEvent, ShareTerms } from './types.js';

const run = 4;
const load = 2;
const classOf = (key: string, remaining: number): JobClass => ({
  ...{ id: 0, residencyKey: key, costKey: key, batchKey: key, remaining, reproducible: false },
  ...{ models: [{ name: key, sha256: key }], features: [] },
});

/** Slots that hold checkpoint A and draw what they are given, one task every four seconds. */
function farm(slots: number) {
  const policy = createPolicy({ placesPerSlot: 1 });
  let at = 0;
  /** Tasks that were begun, by job. */
  const begun: string[] = [];
  const tell = (event: Record<string, unknown>) => {
    for (const { slotId, jobId } of policy.apply({ at, ...event } as PolicyEvent) as Assign[]) {
      begun.push(jobId);
      busy.add(slotId);
    }
  };
  const busy = new Set<string>();
  for (const costKey of ['A', 'B']) {
    const runs = [{ size: 1, seconds: run, vramBytes: 0 }];
    tell({ type: 'cost', costKey, slotType: 'any', cost: { loadSeconds: { ram: load, disk: load, lan: 9 }, runs } });
  }
  for (let i = 0; i < slots; i++)
    tell({
      ...{ type: 'slot-added', slotId: `s${i}`, nodeId: `n${i}`, resident: 'A' },
      ...{ models: 'all', features: 'all', maxGroup: 1 },
    });
  return {
    policy,
    begun,
    tell,
    busy,
    share: (project: string, terms: ShareTerms & { user?: string }) => tell({ type: 'share', project, ...terms }),
    job: (jobId: string, count: number, traits: JobTraits & { priority?: number; key?: string } = {}) => {
      const { key = 'A', ...more } = traits;
      tell({ type: 'job-added', jobId, priority: 0, createdAt: at, classes: [classOf(key, count)], ...more });
    },
    /** Everything that runs ends, so many times. */
    rounds: (count: number) => {
      for (let i = 0; i < count; i++) {
        at += run * 1000;
        const ended = [...busy];
        busy.clear();
        for (const slotId of ended) tell({ type: 'slot-free', slotId, seconds: run });
        tell({ type: 'tick' });
      }
    },
    countOf: (jobId: string) => begun.filter((id) => id === jobId).length,
  };
}

describe('shares', () => {
  it('go by the weights of projects, and within each by those of its users', () => {
    const { share, job, rounds, countOf, begun } = farm(2);
    share('one', { weight: 1 });
    share('two', { weight: 2 });
    share('one', { user: 'ada', weight: 3 });
    share('one', { user: 'ben', weight: 1 });
    for (const user of ['ada', 'ben']) job(user, 1e5, { project: 'one', user });
    job('cleo', 1e5, { project: 'two', user: 'cleo' });
    rounds(2000);
    const part = (id: string) => countOf(id) / begun.length;
    expect(part('cleo')).toBeCloseTo(2 / 3, 1);
    expect(part('ada')).toBeCloseTo((1 / 3) * (3 / 4), 1);
    expect(part('ben')).toBeCloseTo((1 / 3) * (1 / 4), 1);
  });

  it('are not saved up by who wants nothing', () => {
    const { job, rounds, countOf } = farm(1);
    job('first', 1e5, { user: 'ada' });
    rounds(500);
    job('later', 1e5, { user: 'ben' });
    const before = countOf('first');
    rounds(500);
    expect((countOf('first') - before) / 500).toBeCloseTo(0.5, 1);
  });

  it('end at a budget and at a quota of slots, and say so', () => {
    const { share, job, rounds, countOf, policy, busy } = farm(3);
    share('default', { user: 'ada', budgetSeconds: 10 * run });
    share('default', { user: 'ben', maximumSlots: 1 });
    job('ada', 1e3, { user: 'ada' });
    job('ben', 1e3, { user: 'ben' });
    rounds(50);
    // Three of a round may begin before the budget is used up.
    expect(countOf('ada')).toBeGreaterThanOrEqual(10);
    expect(countOf('ada')).toBeLessThanOrEqual(12);
    expect(policy.waitingFor('ada')).toEqual({
      rule: 'budget',
      sentence: 'The budget of ada of project default is used up.',
    });
    expect([busy.size, policy.waitingFor('ben')?.rule]).toEqual([1, 'quota']);
    share('default', { user: 'ben', maximumSlots: null });
    rounds(1);
    expect(busy.size).toBe(3);
  });
});

describe('a deadline', () => {
  it('that is kept only if its work begins now comes first, the earliest of them first', () => {
    const { job, rounds, begun } = farm(1);
    job('batch', 100, { priority: 10 });
    job('later', 2, { deadlineAt: 40_000 });
    job('sooner', 2, { deadlineAt: 30_000 });
    begun.length = 0;
    rounds(4);
    expect(begun).toEqual(['sooner', 'sooner', 'later', 'later']);
  });

  it('that is far, or cannot be kept any more, does not push others aside', () => {
    const { job, rounds, begun } = farm(1);
    job('batch', 100, { priority: 10 });
    job('far', 2, { deadlineAt: 86_400_000 });
    job('lost', 2, { deadlineAt: 1_000 });
    begun.length = 0;
    rounds(4);
    expect(new Set(begun)).toEqual(new Set(['batch']));
  });
});

describe('people who wait', () => {
  it('come before batches, on at most half of the slots', () => {
    const { job, rounds, begun, countOf } = farm(4);
    job('batch', 1e4);
    rounds(2);
    job('picture', 64, { interactive: true });
    begun.length = 0;
    rounds(5);
    expect(countOf('picture')).toBe(10);
    expect(countOf('batch')).toBe(10);
  });
});

describe('what is told of jobs', () => {
  it('is where they stand and when they end', () => {
    const { job, policy } = farm(2);
    job('first', 21);
    job('second', 10);
    job('urgent', 10, { priority: 100 });
    expect(['urgent', 'first', 'second'].map((id) => policy.queuePosition(id))).toEqual([0, 1, 2]);
    const ends = ['urgent', 'first', 'second'].map((id) => policy.forecast(id)!);
    for (const { low, seconds, high } of ends)
      expect([low, seconds, high].toSorted((a, b) => a - b)).toEqual([low, seconds, high]);
    // Two slots, four seconds a task, one of the first job's begun on each already or about to be.
    expect(ends[0]!.seconds).toBeGreaterThanOrEqual(20);
    expect(ends[0]!.seconds).toBeLessThanOrEqual(28);
    expect(ends[2]!.seconds).toBeGreaterThanOrEqual(ends[1]!.seconds);
    expect(ends[2]!.seconds).toBeLessThanOrEqual(90);
    expect([policy.queuePosition('nobody'), policy.forecast('nobody')]).toEqual([null, null]);
  });

  it('is the limit that keeps all slots from beginning something', () => {
    const { job, tell, policy, busy } = farm(1);
    tell({ type: 'slot-held', slotId: 's0', rule: 'hours' });
    job('j', 3);
    expect([busy.size, policy.waitingFor('j')?.rule, policy.idleFor('s0')?.rule]).toEqual([0, 'hours', 'hours']);
    tell({ type: 'slot-held', slotId: 's0', rule: null });
    expect(busy.size).toBe(1);
  });

  it('is that no slot is of the type that the job asks for', () => {
    const { job, tell, policy, begun } = farm(1);
    job('j', 1, { requires: { devices: ['rtx 4070', 'H200'], tags: ['fast'] } });
    expect(policy.waitingFor('j')).toEqual({
      rule: 'requirements',
      sentence: 'No slot that could render it is what the job asks for: rtx 4070 or H200, the tag fast.',
    });
    tell({
      ...{ type: 'slot-added', slotId: 'new', nodeId: 'new', device: 'NVIDIA GeForce RTX 4070', tags: ['fast', 'new'] },
      ...{ models: 'all', features: 'all', maxGroup: 1 },
    });
    expect(begun).toEqual(['j']);
  });
});
