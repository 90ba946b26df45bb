import { expand, parseBatch } from '@atelier/batch';
import { agentProto, type AttemptState, type TaskState } from '@atelier/contracts';
import { createPolicy, type Policy, type PolicyEvent } from '@atelier/scheduling';
import type { DispatchOp, LiveAttempt } from '@atelier/store';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Dispatcher } from './dispatcher.js';
import type { NodeAbilities } from './types.js';

type Sent = NonNullable<agentProto.SessionRequest['message']>;
const { FailureCause, SlotState } = agentProto;

const checkpoint = { name: 'postcard', sha256: 'c1', defaultWidth: 64, defaultHeight: 64 };

function expansionOf(count: number) {
  const batch = parseBatch(
    JSON.stringify({ kind: 'Batch', model: 'postcard', prompts: ['a house'], matrix: { seed: { from: 1, count } } }),
    { format: 'json' },
  );
  const none = new Map<string, never>();
  return expand(batch, { models: new Map([['postcard', checkpoint]]), loras: none, vaes: none, seedBase: 7 });
}

/** The database's side of the dispatcher, in memory: the transitions that the store proves on real databases. */
class Tables {
  readonly tasks = new Map<number, { state: TaskState; attempts: number }>();
  readonly attempts = new Map<string, { taskIndex: number; state: AttemptState; nodeId: string }>();
  refuseLeases = false;

  async commit(op: DispatchOp): Promise<unknown> {
    await Promise.resolve();
    const task = this.tasks.get(op.taskIndex);
    const attempt = this.attempts.get(op.attemptId);
    if (op.kind === 'lease') {
      if (this.refuseLeases || (task && task.state !== 'pending')) return { granted: false, number: 0 };
      const number = (task?.attempts ?? 0) + 1;
      this.tasks.set(op.taskIndex, { state: 'leased', attempts: number });
      this.attempts.set(op.attemptId, { taskIndex: op.taskIndex, state: 'leased', nodeId: op.nodeId });
      return { granted: true, number };
    }
    if (op.kind === 'copy') {
      this.attempts.set(op.attemptId, { taskIndex: op.taskIndex, state: 'leased', nodeId: op.nodeId });
      return { granted: true, number: (task!.attempts += 1) };
    }
    if (!task || !attempt) return { applied: false, task: null };
    if (op.kind === 'result') {
      if (task.state === 'succeeded' || !['running', 'lapsed'].includes(attempt.state))
        return { accepted: false, superseded: [] };
      const others = [...this.attempts].filter(
        ([id, other]) => id !== op.attemptId && other.taskIndex === op.taskIndex && other.state !== 'failed',
      );
      for (const [, other] of others) other.state = 'revoked';
      task.state = attempt.state = 'succeeded';
      return { accepted: true, superseded: others.map(([id, { nodeId }]) => ({ attemptId: id, nodeId })) };
    }
    const after = {
      started: ['running', 'running'],
      uploading: ['running', 'uploading'],
      lapsed: ['lapsed', 'pending'],
      resumed: ['running', 'running'],
      revoked: ['revoked', 'pending'],
      failed: ['failed', op.kind === 'failed' && !op.retry ? 'dead' : 'pending'],
    } as const;
    const [attemptState, taskState] = after[op.kind];
    attempt.state = attemptState;
    task.state = taskState;
    return { applied: true, task: taskState };
  }

  states(): Record<number, TaskState> {
    return Object.fromEntries([...this.tasks].map(([index, { state }]) => [index, state]));
  }
}

/** Models that nodes can fetch. */
let fetchable: ReadonlySet<string>;

function farm(nodeCount = 1, policy?: Policy) {
  const tables = new Tables();
  const sent = new Map<string, Sent[]>();
  const events: string[] = [];
  const nodeIds = Array.from({ length: nodeCount }, (_, i) => `n${i + 1}`);
  const dispatcher = new Dispatcher(
    {
      writer: tables as never,
      logger: pino({ level: 'silent' }),
      eligibleNodes: () => nodeIds,
      fetchable: () => fetchable,
      onLetGo: (jobId) => events.push(`${jobId} let go`),
      onDrained: (nodeId) => events.push(`${nodeId} drained`),
      onPushed: () => {},
      onLapsed: () => events.push('lapsed'),
      onFailed: (verdict) => events.push(verdict),
      onSuspect: (nodeId, why) => events.push(`${nodeId} suspect: ${why}`),
    },
    {
      taskState: async ({ taskIndex }) => tables.tasks.get(taskIndex)?.state ?? null,
      attempt: async (attemptId) => {
        const found = tables.attempts.get(attemptId);
        return found ? ({ attempt: { ...found, jobId: 'job', slotId: 'cpu' }, task: { classId: 0 } } as never) : null;
      },
    },
    policy,
  );
  const status = (nodeId: string, over: Partial<agentProto.SlotStatus> = {}) =>
    dispatcher.nodes.status(nodeId, {
      slotId: 'cpu',
      state: SlotState.SLOT_STATE_IDLE,
      reason: '',
      loadedCheckpoint: '',
      attemptIds: [],
      enginePid: 1,
      loadedKeys: [],
      memoryKeys: [],
      ...over,
    });
  const everything = { models: new Set(['c1']), features: new Set<string>() };
  const connect = (nodeId: string, draining = false, abilities: NodeAbilities = everything) => {
    sent.set(nodeId, sent.get(nodeId) ?? []);
    dispatcher.nodes.connect(nodeId, { send: (message) => sent.get(nodeId)!.push(message) }, abilities, draining);
    status(nodeId);
  };
  const of = <C extends Sent['$case']>(nodeId: string, $case: C) =>
    sent.get(nodeId)!.flatMap((message) => (message.$case === $case ? [message.value] : [])) as Extract<
      Sent,
      { $case: C }
    >['value'][];
  return {
    dispatcher,
    tables,
    events,
    connect,
    status,
    assignments: (nodeId: string) => of(nodeId, 'assignment'),
    add: (count: number, live: LiveAttempt[] = []) =>
      dispatcher.addJob({
        id: 'job',
        priority: 0,
        createdAt: new Date(),
        paused: false,
        expansion: expansionOf(count),
        cursors: [{ classId: 0, count, cursor: live.length }],
        returned: [],
        live,
      }),
    /** Attempt ids that were pushed to a node, with their tasks. */
    pushed: (nodeId: string) =>
      of(nodeId, 'assignment').flatMap(({ leases }) =>
        leases.map(({ attemptId, taskIndex, attemptNumber }) => ({ attemptId, taskIndex, attemptNumber })),
      ),
    revoked: (nodeId: string) => of(nodeId, 'revocation').flatMap(({ attemptIds }) => attemptIds),
    fail: (nodeId: string, attemptId: string, cause = FailureCause.FAILURE_CAUSE_ENGINE_CRASHED) =>
      dispatcher.reports.failed(nodeId, { attemptId, cause, message: 'The engine crashed.' }),
    succeed: async (nodeId: string, attemptId: string) => {
      dispatcher.reports.started(nodeId, attemptId);
      dispatcher.reports.rendered(nodeId, attemptId);
      const { taskIndex } = tables.attempts.get(attemptId)!;
      const outcome = await tables.commit({ kind: 'result', attemptId, jobId: 'job', taskIndex } as never);
      dispatcher.reports.settled({ attemptId, jobId: 'job', taskIndex }, outcome as never);
    },
  };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
  fetchable = new Set();
});
let dispatcher: Dispatcher | undefined;
const open = (nodeCount?: number, policy?: Policy) => {
  const opened = farm(nodeCount, policy);
  dispatcher = opened.dispatcher;
  return opened;
};
afterEach(() => {
  dispatcher?.close();
  vi.useRealTimers();
});

describe('a slot', () => {
  test('of a node that fetches models gets work for those that lie here, and of any other none', async () => {
    const { add, connect, pushed, dispatcher } = open(2);
    connect('n1', false, { models: new Set(), features: new Set() });
    connect('n2', false, { models: new Set(), features: new Set(), fetches: true });
    add(3);
    await settle();
    expect([pushed('n1'), pushed('n2')]).toEqual([[], []]);
    fetchable = new Set(['c1']);
    dispatcher.nodes.reviewFetchable();
    await settle();
    expect(pushed('n1')).toEqual([]);
    expect(pushed('n2').length).toBeGreaterThan(0);
  });

  test('is told what each run needs loaded, and says by that what it has', async () => {
    const told: PolicyEvent[] = [];
    const policy = createPolicy();
    const { add, connect, status, assignments } = open(1, {
      ...policy,
      apply: (event) => (told.push(event), policy.apply(event)),
    });
    connect('n1');
    add(2);
    await settle();
    const [{ residencyKey }] = assignments('n1') as [agentProto.Assignment];
    expect(residencyKey).toMatch(/^c1 vae=auto/);
    status('n1', { loadedKeys: [residencyKey], memoryKeys: [residencyKey, 'other'] });
    status('n1', { loadedKeys: [residencyKey], memoryKeys: [residencyKey, 'other'] });
    const changes = told.filter(({ type }) => type === 'slot-changed');
    expect(changes).toMatchObject([
      { slotId: 'n1/cpu', inVram: new Set([residencyKey]), inRam: new Set([residencyKey, 'other']) },
    ]);
  });

  test('has one task running and the next one waiting, in their order', async () => {
    const { add, connect, pushed, succeed } = open();
    connect('n1');
    add(5);
    await settle();
    expect(pushed('n1').map(({ taskIndex }) => taskIndex)).toEqual([0, 1]);
    await succeed('n1', pushed('n1')[0]!.attemptId);
    await settle();
    expect(pushed('n1').map(({ taskIndex }) => taskIndex)).toEqual([0, 1, 2]);
  });

  test('gets the next task when the picture is made, before it is uploaded', async () => {
    const { add, connect, pushed, dispatcher, tables } = open();
    connect('n1');
    add(5);
    await settle();
    const { attemptId } = pushed('n1')[0]!;
    dispatcher.reports.started('n1', attemptId);
    expect(dispatcher.reports.rendered('n1', attemptId)).toBe(true);
    await settle();
    expect(pushed('n1')).toHaveLength(3);
    expect(tables.states()[0]).toBe('uploading');
  });

  test('gets nothing while it does not serve', async () => {
    const { add, connect, status, pushed } = open();
    connect('n1');
    status('n1', { state: SlotState.SLOT_STATE_BLOCKED });
    add(3);
    await settle();
    expect(pushed('n1')).toEqual([]);
    status('n1');
    await settle();
    expect(pushed('n1')).toHaveLength(2);
  });
});

test('nobody speaks for the attempts of another node', async () => {
  const { add, connect, pushed, dispatcher, tables } = open(2);
  connect('n1');
  add(1);
  await settle();
  connect('n2');
  const { attemptId } = pushed('n1')[0]!;
  dispatcher.reports.started('n2', attemptId);
  expect(dispatcher.reports.rendered('n2', attemptId)).toBe(false);
  dispatcher.reports.failed('n2', { attemptId, cause: FailureCause.FAILURE_CAUSE_INVALID_REQUEST, message: '' });
  await settle();
  expect(tables.states()).toEqual({ 0: 'leased' });
});

describe('a node that vanishes', () => {
  test('loses its tasks to another when its leases lapse, in the place where they were', async () => {
    const { add, connect, pushed, dispatcher, tables, events } = open(2);
    connect('n1');
    add(2);
    await settle();
    expect(pushed('n1')).toHaveLength(2);
    dispatcher.nodes.disconnect('n1');
    connect('n2');
    await settle();
    expect(pushed('n2')).toEqual([]);
    dispatcher.lapseNode('n1');
    await settle();
    expect(events).toEqual(['lapsed', 'lapsed']);
    expect(pushed('n2').map(({ taskIndex, attemptNumber }) => [taskIndex, attemptNumber])).toEqual([
      [0, 2],
      [1, 2],
    ]);
    expect(tables.states()).toEqual({ 0: 'leased', 1: 'leased' });
  });

  test('and comes back in time goes on', async () => {
    const { add, connect, pushed, dispatcher, revoked } = open();
    connect('n1');
    add(3);
    await settle();
    const held = pushed('n1').map(({ attemptId }) => attemptId);
    dispatcher.nodes.disconnect('n1');
    connect('n1');
    dispatcher.reconciliation.compare('n1', { attemptIds: held, spooledIds: [] });
    await settle();
    expect(pushed('n1')).toHaveLength(2);
    expect(revoked('n1')).toEqual([]);
  });

  test('and comes back without its attempts gives them back, charged to nobody', async () => {
    const { add, connect, pushed, dispatcher, tables } = open();
    connect('n1');
    add(1);
    await settle();
    const [lost] = pushed('n1');
    dispatcher.nodes.disconnect('n1');
    connect('n1');
    dispatcher.reconciliation.compare('n1', { attemptIds: [], spooledIds: [] });
    await settle();
    expect(tables.attempts.get(lost!.attemptId)!.state).toBe('revoked');
    expect(pushed('n1').map(({ attemptNumber }) => attemptNumber)).toEqual([1, 2]);
  });

  test('and comes back after its leases lapsed has its task again, if nobody else took it', async () => {
    const { add, connect, pushed, dispatcher, tables, succeed } = open();
    connect('n1');
    add(1);
    await settle();
    const { attemptId } = pushed('n1')[0]!;
    dispatcher.reports.started('n1', attemptId);
    dispatcher.nodes.disconnect('n1');
    dispatcher.lapseNode('n1');
    await settle();
    connect('n1', true);
    dispatcher.reconciliation.compare('n1', { attemptIds: [attemptId], spooledIds: [] });
    await settle();
    expect(tables.attempts.get(attemptId)!.state).toBe('running');
    await succeed('n1', attemptId);
    expect(tables.states()).toEqual({ 0: 'succeeded' });
  });

  test('may still be first: the other attempt is revoked, and its slot is free when it has let go', async () => {
    const { add, connect, pushed, dispatcher, tables, succeed, revoked, fail } = open(2);
    connect('n1');
    add(2);
    await settle();
    const [late] = pushed('n1');
    dispatcher.reports.started('n1', late!.attemptId);
    dispatcher.nodes.disconnect('n1');
    dispatcher.lapseNode('n1');
    connect('n2');
    await settle();
    await succeed('n1', late!.attemptId);
    const second = pushed('n2').find(({ taskIndex }) => taskIndex === 0)!;
    expect(revoked('n2')).toEqual([second.attemptId]);
    fail('n2', second.attemptId, FailureCause.FAILURE_CAUSE_REVOKED);
    await settle();
    expect(tables.states()).toEqual({ 0: 'succeeded', 1: 'leased' });
    expect(pushed('n2')).toHaveLength(2);
  });
});

describe('a failed attempt', () => {
  test('is tried again elsewhere after a rest', async () => {
    const { add, connect, pushed, fail, dispatcher } = open(2);
    connect('n1');
    add(1);
    await settle();
    fail('n1', pushed('n1')[0]!.attemptId);
    connect('n2');
    await settle();
    expect(pushed('n2')).toEqual([]);
    expect(dispatcher.waitingFor('job')).toMatch(/tried again in 1\.0 s: The engine crashed/);
    await vi.advanceTimersByTimeAsync(1000);
    expect(pushed('n1')).toHaveLength(1);
    expect(pushed('n2').map(({ taskIndex }) => taskIndex)).toEqual([0]);
  });

  test('leaves its task dead after three on the only node', async () => {
    const { add, connect, pushed, fail, tables, events } = open();
    connect('n1');
    add(1);
    for (let i = 0; i < 3; i++) {
      await vi.advanceTimersByTimeAsync(5000);
      fail('n1', pushed('n1').at(-1)!.attemptId);
    }
    await vi.advanceTimersByTimeAsync(60_000);
    expect(pushed('n1')).toHaveLength(3);
    expect(events).toEqual(['retry', 'retry', 'dead']);
    expect(tables.states()).toEqual({ 0: 'dead' });
  });

  test('that its node gave back costs nothing and is given out at once', async () => {
    const { add, connect, pushed, fail, revoked } = open();
    connect('n1');
    add(1);
    await settle();
    fail('n1', pushed('n1')[0]!.attemptId, FailureCause.FAILURE_CAUSE_REVOKED);
    await settle();
    expect(pushed('n1')).toHaveLength(2);
    expect(revoked('n1')).toEqual([]);
  });
});

describe('failures of many', () => {
  test('five tasks of a key that fail alike on two nodes suspend it, until somebody resumes the job', async () => {
    const { add, connect, pushed, fail, dispatcher, events } = open(2);
    connect('n1');
    connect('n2');
    add(20);
    await settle();
    for (const [nodeId, i] of [
      ['n1', 0],
      ['n2', 0],
      ['n1', 1],
      ['n2', 1],
    ] as const)
      fail(nodeId, pushed(nodeId)[i]!.attemptId);
    await settle();
    expect(dispatcher.blame.alarms).toEqual([]);
    fail('n1', pushed('n1')[2]!.attemptId);
    const [alarm] = dispatcher.blame.alarms;
    expect(alarm).toMatch(
      /^5 tasks with postcard failed alike on 2 nodes \(ENGINE_CRASHED: The engine crashed\.\)\. No more/,
    );
    await settle();
    const given = pushed('n1').length + pushed('n2').length;
    for (const nodeId of ['n1', 'n2']) for (const { attemptId } of pushed(nodeId)) fail(nodeId, attemptId);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(pushed('n1').length + pushed('n2').length).toBe(given);
    expect(dispatcher.waitingFor('job')).toBe(alarm);
    dispatcher.resumeJob('job');
    await settle();
    expect(dispatcher.blame.alarms).toEqual([]);
    expect(pushed('n1').length + pushed('n2').length).toBeGreaterThan(given);
    expect(events.filter((event) => event.includes('suspect'))).toEqual([]);
  });

  test('a suspended key is tried again by itself after the longest hold', async () => {
    const { add, connect, pushed, fail, dispatcher } = open(2);
    connect('n1');
    connect('n2');
    add(20);
    await settle();
    for (let i = 0; dispatcher.blame.alarms.length === 0; i++) {
      fail('n1', pushed('n1')[i]!.attemptId);
      fail('n2', pushed('n2')[i]!.attemptId);
      await settle();
    }
    await vi.advanceTimersByTimeAsync(601_000);
    expect(dispatcher.blame.alarms).toEqual([]);
  });
});

describe('a node', () => {
  test('that is held gets nothing and gives back what waits there; what runs is finished', async () => {
    const { add, connect, pushed, succeed, dispatcher, revoked, events } = open();
    connect('n1');
    add(5);
    await settle();
    const [first, second] = pushed('n1');
    dispatcher.reports.started('n1', first!.attemptId);
    dispatcher.nodes.hold('n1');
    expect(revoked('n1')).toEqual([second!.attemptId]);
    expect(events).toEqual([]);
    await succeed('n1', first!.attemptId);
    dispatcher.reports.failed('n1', {
      attemptId: second!.attemptId,
      cause: FailureCause.FAILURE_CAUSE_REVOKED,
      message: '',
    });
    expect(events).toContain('n1 drained');
    await settle();
    expect(pushed('n1')).toHaveLength(2);
    dispatcher.nodes.admit('n1');
    await settle();
    expect(pushed('n1')).toHaveLength(4);
  });

  test('that drains is drained when its slots have let go of what they had loaded', async () => {
    const { connect, dispatcher, status, events } = open();
    connect('n1');
    status('n1', { loadedCheckpoint: 'c1' });
    dispatcher.nodes.drain('n1');
    status('n1', { state: SlotState.SLOT_STATE_DRAINED, loadedCheckpoint: 'c1' });
    expect(events).toEqual([]);
    status('n1', { state: SlotState.SLOT_STATE_DRAINED });
    expect(events).toContain('n1 drained');
  });
});

describe('a job', () => {
  test('that is paused gives out nothing more; what runs goes on', async () => {
    const { add, connect, pushed, dispatcher, succeed } = open();
    connect('n1');
    add(5);
    await settle();
    dispatcher.pauseJob('job');
    for (const { attemptId } of pushed('n1')) await succeed('n1', attemptId);
    await settle();
    expect(pushed('n1')).toHaveLength(2);
    expect(dispatcher.waitingFor('job')).toMatch(/paused/);
    dispatcher.resumeJob('job');
    await settle();
    expect(pushed('n1')).toHaveLength(4);
  });

  test('that is cancelled is over when the agents have let go', async () => {
    const { add, connect, pushed, dispatcher, fail, revoked, events } = open();
    connect('n1');
    add(5);
    await settle();
    const ids = pushed('n1').map(({ attemptId }) => attemptId);
    dispatcher.cancelJob('job');
    expect(revoked('n1').sort()).toEqual([...ids].sort());
    expect(events).toEqual([]);
    for (const attemptId of ids) fail('n1', attemptId, FailureCause.FAILURE_CAUSE_REVOKED);
    expect(events).toEqual(['job let go']);
  });

  test('that is cancelled while its leases are being written is never pushed', async () => {
    const { add, connect, pushed, dispatcher, events } = open();
    connect('n1');
    add(5);
    dispatcher.cancelJob('job');
    await settle();
    expect(pushed('n1')).toEqual([]);
    expect(events).toEqual(['job let go']);
  });

  test('does not wait for the word of a node that is gone', async () => {
    const { add, connect, dispatcher, events } = open();
    connect('n1');
    add(1);
    await settle();
    dispatcher.nodes.disconnect('n1');
    dispatcher.cancelJob('job');
    dispatcher.lapseNode('n1');
    expect(events).toEqual(['job let go']);
  });

  test('whose leases are refused is asked about again later', async () => {
    const { add, connect, pushed, tables } = open();
    connect('n1');
    tables.refuseLeases = true;
    add(2);
    await settle();
    expect(pushed('n1')).toEqual([]);
    tables.refuseLeases = false;
    await vi.advanceTimersByTimeAsync(1000);
    expect(pushed('n1').map(({ taskIndex }) => taskIndex)).toEqual([0, 1]);
  });

  test('that is retried while it runs gets the tasks that were dead, each once', async () => {
    const { add, connect, pushed, dispatcher } = open();
    add(3);
    const returned = [{ taskIndex: 0, classId: 0, failures: 0, failedNodes: [] }];
    const again = {
      priority: 0,
      createdAt: new Date(),
      paused: false,
      expansion: expansionOf(3),
      cursors: [],
      live: [],
    };
    connect('n1');
    await settle();
    expect(pushed('n1').map(({ taskIndex }) => taskIndex)).toEqual([0, 1]);
    dispatcher.addJob({ id: 'job', ...again, returned });
    await settle();
    expect(pushed('n1')).toHaveLength(2);
  });
});

describe('a node that drains', () => {
  test('gives back what has not started and finishes what runs', async () => {
    const { add, connect, status, pushed, revoked, dispatcher, fail, succeed, events, tables } = open();
    connect('n1');
    add(3);
    await settle();
    const [running, waiting] = pushed('n1').map(({ attemptId }) => attemptId) as [string, string];
    dispatcher.reports.started('n1', running);
    dispatcher.nodes.drain('n1');
    expect(revoked('n1')).toEqual([waiting]);
    fail('n1', waiting, FailureCause.FAILURE_CAUSE_REVOKED);
    expect(events).toEqual([]);
    await succeed('n1', running);
    status('n1', { state: SlotState.SLOT_STATE_DRAINED });
    expect(events).toEqual(['n1 drained']);
    expect(tables.states()).toEqual({ 0: 'succeeded', 1: 'pending' });
    dispatcher.nodes.undrain('n1');
    status('n1');
    await settle();
    expect(pushed('n1').map(({ taskIndex }) => taskIndex)).toEqual([0, 1, 1, 2]);
  });
});

describe('after a restart', () => {
  const live: LiveAttempt[] = [0, 1].map((taskIndex) => ({
    attemptId: `old-${taskIndex}`,
    taskIndex,
    classId: 0,
    number: 1,
    state: taskIndex === 0 ? 'running' : 'leased',
    nodeId: 'n1',
    slotId: 'cpu',
    failures: 0,
    failedNodes: [],
  }));

  test('attempts of before keep their places, and what they hold is not given out twice', async () => {
    const { add, connect, pushed, dispatcher } = open();
    add(4, live);
    expect(dispatcher.occupiedNodes).toEqual(['n1']);
    connect('n1');
    dispatcher.reconciliation.compare('n1', { attemptIds: ['old-0', 'old-1'], spooledIds: [] });
    await settle();
    expect(pushed('n1')).toEqual([]);
    dispatcher.reports.rendered('n1', 'old-0');
    await settle();
    expect(pushed('n1').map(({ taskIndex }) => taskIndex)).toEqual([2]);
  });

  test('an attempt that nobody wants any more is revoked', async () => {
    const { connect, dispatcher, revoked } = open();
    connect('n1');
    dispatcher.reconciliation.compare('n1', { attemptIds: ['unknown'], spooledIds: [] });
    await settle();
    expect(revoked('n1')).toEqual(['unknown']);
  });
});
