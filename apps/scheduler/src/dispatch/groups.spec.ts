import { expand, parseBatch, type RenderClass } from '@atelier/batch';
import { agentProto } from '@atelier/contracts';
import type { DispatchOp, LiveAttempt } from '@atelier/store';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Dispatcher } from './dispatcher.js';

type Sent = NonNullable<agentProto.SessionRequest['message']>;
const { FailureCause, SlotState } = agentProto;

const checkpoint = { name: 'postcard', sha256: 'c1', defaultWidth: 64, defaultHeight: 64 };

function expansionOf(count: number, more: object = {}) {
  const batch = {
    kind: 'Batch',
    model: 'postcard',
    prompts: ['a house'],
    matrix: { seed: { from: 1, count } },
    ...more,
  };
  const models = new Map([['postcard', checkpoint]]);
  const none = new Map<string, never>();
  return expand(parseBatch(JSON.stringify(batch), { format: 'json' }), {
    models,
    loras: none,
    vaes: none,
    seedBase: 7,
  });
}

/** A farm of one node whose slot takes less for each task the more share its run; the database says yes to everything. */
function farm() {
  const sent: Sent[] = [];
  const written: DispatchOp[] = [];
  const verdicts: string[] = [];
  const runs = [1, 2, 4].map((size) => ({ size, seconds: 80 + 20 * size, vramBytes: 0 }));
  const cost = { loadSeconds: { ram: 0, disk: 0, lan: 0 }, runs };
  const dispatcher = new Dispatcher(
    {
      writer: {
        commit: async (op: DispatchOp) => {
          written.push(op);
          return Promise.resolve(op.kind === 'lease' ? { granted: true, number: 1 } : { applied: true, task: null });
        },
      } as never,
      logger: pino({ level: 'silent' }),
      eligibleNodes: () => ['n1'],
      costsOf: ({ costKey }: RenderClass) => [{ costKey, slotType: 'n1/cpu', cost }],
      onLetGo: () => {},
      onDrained: () => {},
      onPushed: () => {},
      onLapsed: () => {},
      onFailed: (verdict) => verdicts.push(verdict),
      onSuspect: (_, why) => verdicts.push(why),
    },
    { taskState: async () => Promise.resolve('pending' as const), attempt: async () => Promise.resolve(null) },
  );
  const status = {
    ...{ slotId: 'cpu', state: SlotState.SLOT_STATE_IDLE, reason: '', loadedCheckpoint: '', enginePid: 1 },
    ...{ loadedKeys: [], memoryKeys: [] },
  };
  const abilities = { models: new Set(['c1']), features: new Set<string>() };
  const assignments = () => sent.flatMap((message) => (message.$case === 'assignment' ? [message.value] : []));
  return {
    dispatcher,
    written,
    verdicts,
    connect(attemptIds: string[] = []) {
      dispatcher.nodes.connect('n1', { send: (message) => sent.push(message) }, abilities, false);
      dispatcher.reconciliation.compare('n1', { attemptIds, spooledIds: [] });
      dispatcher.nodes.status('n1', { ...status, attemptIds });
    },
    add: (id: string, count: number, more: object = {}, live: LiveAttempt[] = []) =>
      dispatcher.addJob({
        ...{ id, priority: 0, createdAt: new Date(id.length), paused: false, returned: [], live },
        expansion: expansionOf(count, more),
        cursors: [{ classId: 0, count, cursor: live.length }],
      }),
    /** Of every assignment, its tasks by job. */
    groups: () => assignments().map(({ leases }) => leases.map(({ jobId, taskIndex }) => `${jobId}${taskIndex}`)),
    attempts: (which: number) =>
      assignments()
        .at(which)!
        .leases.map(({ attemptId }) => attemptId),
    revoked: () => sent.flatMap((message) => (message.$case === 'revocation' ? message.value.attemptIds : [])),
    fail: (attemptId: string, cause = FailureCause.FAILURE_CAUSE_ENGINE_CRASHED) =>
      dispatcher.reports.failed('n1', { attemptId, cause, message: 'It broke.' }),
  };
}

const settle = () => vi.advanceTimersByTimeAsync(0);
let opened: ReturnType<typeof farm>;
beforeEach(() => {
  vi.useFakeTimers();
  opened = farm();
});
afterEach(() => {
  opened.dispatcher.close();
  vi.useRealTimers();
});

describe('tasks that share a run', () => {
  test('are of several jobs, each with a lease of its own', async () => {
    const { add, connect, groups, attempts, written } = opened;
    add('a', 3);
    add('bb', 50);
    connect();
    await settle();
    expect(groups()[0]).toEqual(['a0', 'a1', 'a2', 'bb0']);
    expect(new Set(attempts(0)).size).toBe(4);
    expect(written.filter(({ kind }) => kind === 'lease').slice(0, 4)).toMatchObject([
      { jobId: 'a', taskIndex: 0 },
      { jobId: 'a', taskIndex: 1 },
      { jobId: 'a', taskIndex: 2 },
      { jobId: 'bb', taskIndex: 0 },
    ]);
  });

  test('differ in prompt and seed alone, and are none of a reproducible job', async () => {
    const { add, connect, groups } = opened;
    add('a', 2, { reproducible: true });
    add('bb', 2, { guidance: 3 });
    add('ccc', 2);
    connect();
    for (let i = 0; i < 4; i++) {
      await settle();
      const runs = groups();
      if (runs.length > i) for (const id of opened.attempts(i)) opened.dispatcher.reports.rendered('n1', id);
    }
    await settle();
    const runs = groups();
    expect(runs.flat().sort()).toEqual(['a0', 'a1', 'bb0', 'bb1', 'ccc0', 'ccc1']);
    for (const run of runs) expect(new Set(run.map((task) => task.replace(/\d/g, ''))).size).toBe(1);
    expect(runs.filter(([first]) => first!.startsWith('a')).map(({ length }) => length)).toEqual([1, 1]);
  });

  test('leave their slot a place when the last of them has ended', async () => {
    const { add, connect, groups, attempts, dispatcher } = opened;
    add('a', 40);
    connect();
    await settle();
    expect(groups()).toHaveLength(2);
    const [first, ...others] = attempts(0);
    dispatcher.reports.rendered('n1', first!);
    await settle();
    expect(groups()).toHaveLength(2);
    for (const id of others) dispatcher.reports.rendered('n1', id);
    await settle();
    expect(groups()).toHaveLength(3);
  });
});

describe('a run of several that fails', () => {
  test('is blamed on nobody: each task runs by itself', async () => {
    const { add, connect, groups, attempts, fail, verdicts, written } = opened;
    add('a', 50);
    connect();
    await settle();
    for (const id of attempts(0)) fail(id);
    for (let i = 1; i <= 5; i++) {
      await settle();
      for (const id of attempts(i)) opened.dispatcher.reports.rendered('n1', id);
    }
    expect(groups().slice(0, 6)).toEqual([
      ['a0', 'a1', 'a2', 'a3'],
      ['a4', 'a5', 'a6', 'a7'],
      ['a0'],
      ['a1'],
      ['a2'],
      ['a3'],
    ]);
    expect(written.filter(({ kind }) => kind === 'failed')).toEqual([]);
    expect(verdicts).toEqual(Array(4).fill('retry'));
  });

  test('for lack of memory is tried again in halves', async () => {
    const { add, connect, groups, attempts, fail } = opened;
    add('a', 50);
    connect();
    await settle();
    for (const id of attempts(0)) fail(id, FailureCause.FAILURE_CAUSE_OUT_OF_MEMORY);
    await settle();
    for (const id of attempts(1)) opened.dispatcher.reports.rendered('n1', id);
    await settle();
    expect(groups().slice(2)).toEqual([
      ['a0', 'a1'],
      ['a2', 'a3'],
    ]);
  });
});

test('one task of a group is cancelled with its job: the others keep their right', async () => {
  const { add, connect, groups, attempts, revoked, dispatcher } = opened;
  add('a', 2);
  add('bb', 50);
  connect();
  await settle();
  expect(groups()[0]).toEqual(['a0', 'a1', 'bb0', 'bb1']);
  const [first, second] = attempts(0);
  dispatcher.cancelJob('a');
  expect(revoked()).toEqual([first, second]);
});

test('a node lost with a group gives all of its tasks back', async () => {
  const { add, connect, groups, dispatcher, written } = opened;
  add('a', 50);
  connect();
  await settle();
  const lost = groups();
  expect(lost.flat()).toHaveLength(8);
  dispatcher.nodes.disconnect('n1');
  dispatcher.lapseNode('n1');
  connect();
  await settle();
  expect(written.filter(({ kind }) => kind === 'lapsed')).toHaveLength(8);
  expect(groups().slice(lost.length)).toEqual(lost);
});

test('after a restart a group holds one place and fails as a group', async () => {
  const { add, connect, fail, groups, written } = opened;
  const live = [0, 1, 2].map((taskIndex): LiveAttempt => {
    const attempt = { attemptId: `old-${taskIndex}`, taskIndex, classId: 0, number: 1, state: 'running' as const };
    return { ...attempt, nodeId: 'n1', slotId: 'cpu', failures: 0, failedNodes: [] };
  });
  add('a', 20, {}, live);
  connect(live.map(({ attemptId }) => attemptId));
  await settle();
  expect(groups()).toHaveLength(1);
  for (const { attemptId } of live) fail(attemptId);
  await settle();
  expect(written.filter(({ kind }) => kind === 'failed')).toEqual([]);
});
