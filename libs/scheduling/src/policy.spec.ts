import { describe, expect, it } from 'vitest';
import { createPolicy } from './policy.js';
import type { Assign, JobClass, PolicyEvent } from './types.js';

const work = (residencyKey: string, remaining: number, more: Partial<JobClass> = {}): JobClass => ({
  id: 0,
  residencyKey,
  costKey: residencyKey,
  batchKey: residencyKey,
  remaining,
  models: [{ name: residencyKey, sha256: residencyKey }],
  features: [],
  reproducible: false,
  ...more,
});

/** A policy under a clock of its own. */
function farm() {
  const policy = createPolicy();
  let at = 0;
  const told = (event: Omit<PolicyEvent, 'at'> & Record<string, unknown>) =>
    policy.apply({ at, ...event } as PolicyEvent) as Assign[];
  return {
    policy,
    told,
    pass: (ms: number) => void (at += ms),
    slot: (slotId: string, more: Record<string, unknown> = {}) =>
      told({
        type: 'slot-added',
        slotId,
        nodeId: `node-of-${slotId}`,
        models: 'all',
        features: 'all',
        maxGroup: 1,
        ...more,
      }),
    job: (jobId: string, classes: JobClass[], priority = 0) =>
      told({ type: 'job-added', jobId, priority, createdAt: at, classes }),
    free: (slotId: string) => told({ type: 'slot-free', slotId }),
  };
}
const assigned = (decisions: { slotId: string; jobId: string }[]) =>
  decisions.map(({ slotId, jobId }) => `${slotId} ${jobId}`);

/** Runs a job of unknown kind on idle slots; what was measured is told as the first runs end. Gives tasks by slot. */
function drawUnknown(slots: string[], tasks: number, truth: { load: number; run: number }) {
  const policy = createPolicy();
  const made = new Map(slots.map((slotId) => [slotId, 0]));
  const queues = new Map(slots.map((slotId): [string, number] => [slotId, 0]));
  const ends = new Map<string, number>();
  const { load, run } = truth;
  const cost = { loadSeconds: { ram: load, disk: load, lan: load }, runs: [{ size: 1, seconds: run, vramBytes: 0 }] };
  const tell = (at: number, event: Record<string, unknown>) => {
    for (const { slotId } of policy.apply({ at, ...event } as PolicyEvent) as Assign[]) {
      queues.set(slotId, queues.get(slotId)! + 1);
      if (!ends.has(slotId)) ends.set(slotId, at + 1000 * (run + (made.get(slotId) === 0 ? load : 0)));
    }
  };
  for (const slotId of slots)
    tell(0, { type: 'slot-added', slotId, nodeId: slotId, models: 'all', features: 'all', maxGroup: 1 });
  tell(0, { type: 'job-added', jobId: 'j', priority: 0, createdAt: 0, classes: [work('A', tasks)] });
  while (ends.size > 0) {
    const [slotId, at] = [...ends].sort(([, a], [, b]) => a - b)[0]!;
    ends.delete(slotId);
    made.set(slotId, made.get(slotId)! + 1);
    queues.set(slotId, queues.get(slotId)! - 1);
    if (queues.get(slotId)! > 0) ends.set(slotId, at + 1000 * run);
    tell(at, { type: 'slot-free', slotId });
    tell(at, { type: 'cost', costKey: 'A', slotType: 'any', cost });
  }
  return made;
}

describe('work of which nothing is known', () => {
  it.each([
    [2, 24, { load: 1, run: 0.3 }],
    [2, 24, { load: 0.1, run: 0.02 }],
    [4, 40, { load: 0.5, run: 0.2 }],
  ])('is shared by %i idle slots', (count, tasks, truth) => {
    const made = drawUnknown(
      Array.from({ length: count }, (_, i) => `s${i}`),
      tasks,
      truth,
    );
    expect([...made.values()].reduce((a, b) => a + b)).toBe(tasks);
    expect(Math.min(...made.values())).toBeGreaterThanOrEqual(tasks / count / 2);
  });
});

describe('a slot', () => {
  it('stays on the checkpoint that it holds while an older job wants another', () => {
    const { slot, job, free, pass } = farm();
    job('old', [work('A', 10)]);
    pass(1);
    job('young', [work('B', 10)]);
    expect(assigned(slot('s', { resident: 'B' }))).toEqual(['s young', 's young']);
    expect(assigned(free('s'))).toEqual(['s young']);
  });

  it('turns to other work of its priority after the longest hold, and back after another', () => {
    const { slot, job, free, pass } = farm();
    slot('s');
    job('one', [work('A', 100)]);
    job('two', [work('B', 100)]);
    const served: string[] = [];
    for (let minute = 0; minute < 90; minute += 5) {
      pass(300_000);
      served.push(...free('s').map(({ jobId }) => jobId));
    }
    const swaps = served.filter((jobId, i) => i > 0 && jobId !== served[i - 1]).length;
    expect(served).toContain('two');
    expect(swaps).toBe(2);
  });

  it('serves the longest waiting checkpoint first when several are held back', () => {
    const { slot, job, free, pass } = farm();
    slot('s');
    ['A', 'B', 'C'].forEach((key) => job(key, [work(key, 1000)]));
    const turns: string[] = [];
    for (let minute = 0; minute < 300; minute++) {
      pass(60_000);
      for (const { jobId } of free('s')) if (turns.at(-1) !== jobId) turns.push(jobId);
    }
    expect(turns.slice(0, 6)).toEqual(['A', 'B', 'C', 'A', 'B', 'C']);
  });

  it('takes higher priority at once', () => {
    const { slot, job, free } = farm();
    slot('s');
    job('bulk', [work('A', 10)]);
    expect(job('urgent', [work('B', 1)], 100)).toEqual([]);
    expect(free('s')).toEqual([]);
    expect(assigned(free('s'))).toEqual(['s urgent']);
  });

  it('gets no work whose models its node lacks, nor features that its engine lacks', () => {
    const { slot, job } = farm();
    slot('without-model', { models: new Set(['B']) });
    slot('without-feature', { features: new Set(['sampler.ddim']) });
    slot('able', { models: new Set(['A']), features: new Set(['sampler.heun']) });
    const decisions = job('j', [work('A', 9, { features: ['sampler.heun'] })]);
    expect(new Set(decisions.map(({ slotId }) => slotId))).toEqual(new Set(['able']));
  });

  it('gets runs of several tasks up to its limit, and of one where pictures must be reproducible', () => {
    const runs = [1, 2, 4].map((size) => ({ size, seconds: 2 + size, vramBytes: size }));
    const cost = {
      type: 'cost',
      costKey: 'A',
      slotType: 'any',
      cost: { loadSeconds: { ram: 1, disk: 2, lan: 9 }, runs },
    } as const;
    const { slot, job, told } = farm();
    told(cost);
    slot('s', { maxGroup: 4 });
    expect(job('j', [work('A', 6)]).map(({ count }) => count)).toEqual([4, 2]);
    const single = farm();
    single.told(cost);
    single.slot('s', { maxGroup: 4 });
    expect(single.job('j', [work('A', 6, { reproducible: true })]).map(({ count }) => count)).toEqual([1, 1]);
  });

  it('gets what failed in company by itself', () => {
    const runs = [1, 2, 4].map((size) => ({ size, seconds: 2 + size, vramBytes: 0 }));
    const { slot, job, told, free } = farm();
    told({ type: 'cost', costKey: 'A', slotType: 'any', cost: { loadSeconds: { ram: 1, disk: 2, lan: 9 }, runs } });
    slot('s', { maxGroup: 4 });
    job('j', [work('A', 40)]);
    told({ type: 'tasks-returned', jobId: 'j', classId: 0, count: 2, alone: true });
    const given = [free('s'), free('s'), free('s')].flat();
    expect(given).toMatchObject([
      { count: 1, alone: true, joined: [] },
      { count: 1, alone: true, joined: [] },
      { count: 4, joined: [] },
    ]);
  });

  it('keeps a second place for more of the same, never for another checkpoint', () => {
    const { slot, job, free } = farm();
    slot('s');
    expect(assigned(job('a', [work('A', 1)]))).toEqual(['s a']);
    expect(job('b', [work('B', 1)])).toEqual([]);
    expect(assigned(free('s'))).toEqual(['s b']);
  });
});

describe('several slots', () => {
  it('each serve the checkpoint that they hold, whatever comes first', () => {
    const { slot, job } = farm();
    slot('holds-a', { resident: 'A' });
    slot('holds-b', { resident: 'B' });
    expect(assigned(job('b', [work('B', 1)]))).toEqual(['holds-b b']);
    expect(assigned(job('a', [work('A', 1)]))).toEqual(['holds-a a']);
  });

  it('load a new checkpoint where nothing is lost', () => {
    const { slot, job } = farm();
    slot('holds-a', { resident: 'A' });
    slot('empty');
    expect(assigned(job('b', [work('B', 1)]))).toEqual(['empty b']);
  });

  it('leave the last tasks to whichever ends first', () => {
    const { slot, job, free } = farm();
    slot('one');
    slot('two');
    expect(assigned(job('j', [work('A', 3)]))).toEqual(['one j', 'two j']);
    expect(assigned(free('two'))).toEqual(['two j']);
  });
});

describe('returned tasks', () => {
  it('avoid the nodes on which they failed until the hold is over', () => {
    const { slot, job, free, told, pass, policy } = farm();
    slot('s');
    job('j', [work('A', 1)]);
    free('s');
    const returned = { type: 'tasks-returned', jobId: 'j', classId: 0, count: 1, avoid: ['node-of-s'] } as const;
    expect(told(returned)).toEqual([]);
    expect(policy.waitingFor('j')?.rule).toBe('failed-there');
    pass(59_000);
    expect(told({ type: 'tick' })).toEqual([]);
    pass(1000);
    expect(told({ type: 'tick' })).toMatchObject([{ slotId: 's', jobId: 'j', count: 1, avoid: ['node-of-s'] }]);
  });

  it('go to another node at once', () => {
    const { slot, job, free, told } = farm();
    slot('s');
    job('j', [work('A', 1)]);
    slot('t');
    free('s');
    const returned = { type: 'tasks-returned', jobId: 'j', classId: 0, count: 1, avoid: ['node-of-s'] } as const;
    expect(assigned(told(returned))).toEqual(['t j']);
  });
});

describe('a job', () => {
  it('is left alone while it is paused, and goes on after', () => {
    const { slot, job, told, free, policy } = farm();
    slot('s');
    job('j', [work('A', 10)]);
    expect(told({ type: 'job-paused', jobId: 'j' })).toEqual([]);
    expect(free('s')).toEqual([]);
    expect(policy.waitingFor('j')?.rule).toBe('paused');
    expect(assigned(told({ type: 'job-resumed', jobId: 'j' }))).toEqual(['s j']);
  });

  it('passes older ones when its priority is raised', () => {
    const { slot, job, told } = farm();
    job('old', [work('A', 5)]);
    job('raised', [work('A', 5)]);
    told({ type: 'job-priority', jobId: 'raised', priority: 1 });
    expect(assigned(slot('s'))).toEqual(['s raised', 's raised']);
  });

  it('gets nothing any more once it is removed', () => {
    const { slot, job, told, policy } = farm();
    job('j', [work('A', 5)]);
    told({ type: 'job-removed', jobId: 'j' });
    expect(slot('s')).toEqual([]);
    expect(policy.waitingFor('j')).toBeNull();
  });
});

describe('the reason for waiting', () => {
  it('names the first rule that holds the work', () => {
    const { slot, job, policy, pass } = farm();
    const rule = (jobId: string) => policy.waitingFor(jobId)?.rule ?? null;
    job('j', [work('A', 5, { features: ['sampler.heun'] })]);
    expect(rule('j')).toBe('no-slot');
    slot('poor', { features: new Set() });
    expect(rule('j')).toBe('missing-feature');
    slot('bare', { models: new Set() });
    expect(rule('j')).toBe('missing-model');
    slot('s');
    expect(rule('j')).toBe('behind-others');
    pass(1);
    job('k', [work('B', 5)]);
    expect(rule('k')).toBe('behind-others');
    expect(rule('unknown')).toBeNull();
  });

  it('is affinity where a turn has come that a loaded checkpoint postpones', () => {
    const { slot, job, policy, pass } = farm();
    job('old', [work('A', 5)]);
    pass(1);
    job('young', [work('B', 5)]);
    slot('s', { resident: 'B' });
    expect(policy.waitingFor('old')).toEqual({
      rule: 'affinity',
      sentence:
        'The slot that can run it is busy with the checkpoint that is loaded; the job gets its turn after at most 30 min of that.',
    });
  });
});

describe('models that a node lacks', () => {
  const runs = [{ size: 1, seconds: 3, vramBytes: 0 }];
  const cost = { loadSeconds: { ram: 1, disk: 2, lan: 60 }, changeSeconds: 1, runs };
  const open = () => {
    const opened = farm();
    opened.told({ type: 'cost', costKey: 'A', slotType: 'any', cost });
    return opened;
  };
  const has = { models: new Set(['A']) };
  const lacks = { models: new Set<string>(), fetchable: new Set(['A']) };

  it('are fetched by it where that is all there is', () => {
    const { slot, job, policy } = open();
    slot('one', { ...lacks, fetchable: new Set() });
    job('j', [work('A', 1)]);
    expect(policy.waitingFor('j')?.rule).toBe('missing-model');
    expect(assigned(slot('two', lacks))).toEqual(['two j']);
  });

  it('are fetched where that pays: for much work, and not for little', () => {
    for (const [tasks, fetched] of [
      [10, false],
      [100, true],
    ] as const) {
      const { slot, job } = open();
      slot('one', has);
      slot('two', lacks);
      expect(assigned(job('j', [work('A', tasks)])).includes('two j')).toBe(fetched);
    }
  });

  it('lie on its disk once it says so', () => {
    const { slot, job, told } = open();
    slot('one', has);
    slot('two', lacks);
    told({ type: 'slot-changed', slotId: 'two', ...has });
    expect(assigned(job('j', [work('A', 10)]))).toContain('two j');
  });
});

describe('sets of LoRAs', () => {
  const runs = [{ size: 1, seconds: 3, vramBytes: 0 }];
  const cost = { loadSeconds: { ram: 4, disk: 9, lan: 60 }, changeSeconds: 1, runs };
  const keys = ['A', 'A x', 'A y', 'B', 'B x'];
  const warm = () => {
    const opened = farm();
    for (const costKey of keys) opened.told({ type: 'cost', costKey, slotType: 'any', cost });
    return opened;
  };

  it('go to a slot that has their checkpoint with others rather than to one that would load it', () => {
    for (const [first, second] of [
      ['A x', 'B x'],
      ['B x', 'A x'],
    ]) {
      const { slot, job } = warm();
      slot('one', { resident: first });
      slot('two', { resident: second });
      const on = first === 'A x' ? 'one' : 'two';
      expect(assigned(job('j', [work('A y', 1)]))).toEqual([`${on} j`]);
    }
  });

  it('of several checkpoints each go where theirs is', () => {
    for (const residents of [
      ['A x', 'B x'],
      ['B x', 'A x'],
    ]) {
      const { slot, job } = warm();
      residents.forEach((resident, i) => slot(`s${i}`, { resident }));
      const decisions = job('j', [work('A y', 6), work('B y', 6, { id: 1, costKey: 'B x' })]);
      const first = new Map(decisions.map(({ slotId, classId }) => [slotId, classId]).reverse() as [string, number][]);
      expect(first.get(`s${residents.indexOf('A x')}`)).toBe(0);
      expect(first.get(`s${residents.indexOf('B x')}`)).toBe(1);
    }
  });

  it('that are loaded beside what was drawn last cost nothing', () => {
    const { slot, job } = warm();
    slot('one', { resident: 'A x' });
    slot('two', { resident: 'A x', inVram: new Set(['A x', 'A y']) });
    expect(assigned(job('j', [work('A y', 1)]))).toEqual(['two j']);
  });

  it('are drawn one after the other, those of a checkpoint together', () => {
    const { slot, job, free } = warm();
    const order: string[] = [];
    const names = ['B x', 'A y', 'B', 'A x'];
    const note = (decisions: Assign[]) => {
      for (const { classId } of decisions) order.push(names[classId]!);
    };
    note(slot('one', { resident: 'A x' }));
    note(
      job(
        'j',
        names.map((key, id) => work(key, 3, { id })),
      ),
    );
    for (let i = 0; i < 12; i++) note(free('one'));
    expect(order).toHaveLength(12);
    const changes = order.filter((key, i) => i > 0 && key !== order[i - 1]);
    expect([order[0], changes.map((key) => key[0]).join('')]).toEqual(['A x', 'ABB']);
  });
});

describe('out of memory', () => {
  const big = { slotType: '24 GB', maxGroup: 8 };

  it('halves the groups of that cost on every slot of the type, and on no other', () => {
    const { told, slot, job, free } = farm();
    const runs = [1, 2, 4, 8].map((size) => ({ size, seconds: 2 + size, vramBytes: 0 }));
    for (const slotType of ['24 GB', '48 GB'])
      told({ type: 'cost', costKey: 'A', slotType, cost: { loadSeconds: { ram: 1, disk: 2, lan: 9 }, runs } });
    slot('a', big);
    slot('b', { slotType: '48 GB', maxGroup: 8 });
    told({ type: 'out-of-memory', slotId: 'a', costKey: 'A', group: 8 });
    const counts = job('one', [work('A', 1000)]).map(({ slotId, count }) => `${slotId} ${count}`);
    expect(counts.slice(0, 2)).toEqual(['a 4', 'b 8']);
    expect(slot('c', big)[0]).toMatchObject({ slotId: 'c', count: 4 });
    told({ type: 'out-of-memory', slotId: 'c', costKey: 'A', group: 4 });
    expect(free('a')[0]).toMatchObject({ slotId: 'a', count: 2 });
  });

  it('with a single task leaves the work to other types of slot, as long as there are any', () => {
    const { told, slot, job, free } = farm();
    slot('small', { slotType: '8 GB' });
    slot('large', { slotType: '24 GB' });
    told({ type: 'out-of-memory', slotId: 'small', costKey: 'A', group: 1 });
    expect(assigned(job('one', [work('A', 9)]))).toEqual(['large one', 'large one']);
    expect(free('small')).toEqual([]);
    expect(assigned(told({ type: 'slot-removed', slotId: 'large' }))).toEqual(['small one', 'small one']);
  });

  it('holds until a prediction without it says that there may be room again', () => {
    const { told, slot, job, free } = farm();
    const runs = [1, 2, 4].map((size) => ({ size, seconds: 2 + size, vramBytes: 0 }));
    const cost = { loadSeconds: { ram: 1, disk: 2, lan: 9 }, runs };
    told({ type: 'cost', costKey: 'A', slotType: '24 GB', cost });
    slot('a', big);
    told({ type: 'out-of-memory', slotId: 'a', costKey: 'A', group: 2 });
    told({ type: 'cost', costKey: 'A', slotType: '24 GB', cost: { ...cost, most: 1 } });
    expect(job('one', [work('A', 100)])[0]).toMatchObject({ count: 1 });
    told({ type: 'cost', costKey: 'A', slotType: '24 GB', cost });
    expect(free('a')[0]).toMatchObject({ count: 4 });
  });

  it('is remembered with what is predicted', () => {
    const { told, slot, job } = farm();
    const runs = [{ size: 1, seconds: 3, vramBytes: 0 }];
    const cost = { loadSeconds: { ram: 1, disk: 2, lan: 9 }, runs };
    told({ type: 'cost', costKey: 'A', slotType: '8 GB', cost: { ...cost, most: 0 } });
    slot('small', { slotType: '8 GB' });
    expect(assigned(job('one', [work('A', 9)]))).toEqual(['small one', 'small one']);
    slot('large', { slotType: '24 GB' });
    expect(assigned(told({ type: 'slot-free', slotId: 'small' }))).toEqual([]);
  });
});

it('gives out nothing of a suspended key, says why, and goes on when it is resumed', () => {
  const { policy, told, slot, job } = farm();
  slot('s');
  told({ type: 'key-suspended', residencyKey: 'A', sentence: 'It failed everywhere.' });
  expect(job('one', [work('A', 3)])).toEqual([]);
  expect(policy.waitingFor('one')).toEqual({ rule: 'suspended', sentence: 'It failed everywhere.' });
  expect(assigned(job('two', [work('B', 1)]))).toEqual(['s two']);
  expect(assigned(told({ type: 'key-resumed', residencyKey: 'A' }))).toEqual([]);
  expect(assigned(told({ type: 'slot-free', slotId: 's' }))).toEqual(['s one', 's one']);
});
