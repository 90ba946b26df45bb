import type { RenderClass } from '@atelier/batch';
import { expand, parseBatch } from '@atelier/batch';
import { agentProto } from '@atelier/contracts';
import type { DispatchOp } from '@atelier/store';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Dispatcher } from './dispatcher.js';

type Sent = NonNullable<agentProto.SessionRequest['message']>;
const { FailureCause, SlotState } = agentProto;
const checkpoint = { name: 'postcard', sha256: 'c1', defaultWidth: 64, defaultHeight: 64 };

/** Two nodes that take ten seconds for a picture; the database says yes to everything. */
function farm() {
  const sent = new Map<string, Sent[]>();
  const written: DispatchOp[] = [];
  const runs = [{ size: 1, seconds: 10, vramBytes: 0 }];
  const cost = { loadSeconds: { ram: 0, disk: 0, lan: 0 }, runs };
  const dispatcher = new Dispatcher(
    {
      writer: {
        commit: async (op: DispatchOp) => {
          written.push(op);
          const number = written.filter(({ kind }) => kind === 'lease' || kind === 'copy').length;
          return Promise.resolve('slotId' in op ? { granted: true, number } : { applied: true, task: null });
        },
      } as never,
      logger: pino({ level: 'silent' }),
      eligibleNodes: () => ['n1', 'n2'],
      costsOf: ({ costKey }: RenderClass) => ['n1', 'n2'].map((node) => ({ costKey, slotType: `${node}/cpu`, cost })),
      onLetGo: () => {},
      onDrained: () => {},
      onPushed: () => {},
      onLapsed: () => {},
      onFailed: () => {},
      onSuspect: () => {},
    },
    { taskState: async () => Promise.resolve('pending' as const), attempt: async () => Promise.resolve(null) },
  );
  const models = new Map([['postcard', checkpoint]]);
  const batch = parseBatch(JSON.stringify({ kind: 'Batch', model: 'postcard', prompts: ['a house'] }), {
    format: 'json',
  });
  const none = new Map<string, never>();
  return {
    dispatcher,
    written,
    connect(nodeId: string) {
      sent.set(nodeId, []);
      const abilities = { models: new Set(['c1']), features: new Set<string>() };
      dispatcher.nodes.connect(nodeId, { send: (message) => sent.get(nodeId)!.push(message) }, abilities, false);
      const state = SlotState.SLOT_STATE_IDLE;
      const status = { slotId: 'cpu', state, reason: '', loadedCheckpoint: '', attemptIds: [], enginePid: 1 };
      dispatcher.nodes.status(nodeId, { ...status, loadedKeys: [], memoryKeys: [] });
    },
    add: () =>
      dispatcher.addJob({
        ...{ id: 'job', priority: 0, createdAt: new Date(), paused: false, returned: [], live: [] },
        expansion: expand(batch, { models, loras: none, vaes: none, seedBase: 7 }),
        cursors: [{ classId: 0, count: 1, cursor: 0 }],
      }),
    attempts: (nodeId: string) =>
      sent
        .get(nodeId)!
        .flatMap((message) => (message.$case === 'assignment' ? message.value.leases : []))
        .map(({ attemptId }) => attemptId),
    revoked: (nodeId: string) =>
      sent.get(nodeId)!.flatMap((message) => (message.$case === 'revocation' ? message.value.attemptIds : [])),
    leases: () => written.filter(({ kind }) => kind === 'lease').length,
  };
}

let opened: ReturnType<typeof farm>;
beforeEach(() => {
  vi.useFakeTimers();
  opened = farm();
});
afterEach(() => {
  opened.dispatcher.close();
  vi.useRealTimers();
});

/** The first node is at the only picture for far longer than it should be, and the second one is idle. */
async function late() {
  const { connect, add, attempts, dispatcher } = opened;
  connect('n1');
  add();
  await vi.advanceTimersByTimeAsync(0);
  const [first] = attempts('n1');
  dispatcher.reports.started('n1', first!);
  connect('n2');
  await vi.advanceTimersByTimeAsync(9_000);
  expect(attempts('n2')).toEqual([]);
  await vi.advanceTimersByTimeAsync(30_000);
  const [copy] = attempts('n2');
  expect(attempts('n2')).toHaveLength(1);
  return { first: first!, copy: copy! };
}

test('a run that is late is begun on an idle slot as well, once', async () => {
  const { copy } = await late();
  expect(opened.written).toContainEqual(expect.objectContaining({ kind: 'copy', attemptId: copy, nodeId: 'n2' }));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(opened.attempts('n2')).toHaveLength(1);
  expect(opened.leases()).toBe(1);
});

test('the first result wins, and the other is revoked', async () => {
  const { first, copy } = await late();
  const { dispatcher, revoked } = opened;
  dispatcher.reports.rendered('n2', copy);
  const superseded = [{ attemptId: first, nodeId: 'n1' }];
  dispatcher.reports.settled({ attemptId: copy, jobId: 'job', taskIndex: 0 }, { accepted: true, superseded });
  expect(revoked('n1')).toEqual([first]);
  const cause = FailureCause.FAILURE_CAUSE_REVOKED;
  dispatcher.reports.failed('n1', { attemptId: first, cause, message: 'Another attempt was first.' });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(opened.leases()).toBe(1);
});

test('the first attempt fails or its node is lost: the copy goes on, and nothing is begun a third time', async () => {
  const { first, copy } = await late();
  const { dispatcher } = opened;
  const cause = FailureCause.FAILURE_CAUSE_ENGINE_CRASHED;
  dispatcher.reports.failed('n1', { attemptId: first, cause, message: 'It broke.' });
  await vi.advanceTimersByTimeAsync(40_000);
  expect(opened.leases()).toBe(1);
  // With the copy gone, too, the task waits again, until the hold of the node on which it failed is over.
  dispatcher.nodes.disconnect('n2');
  dispatcher.lapseNode('n2');
  expect(opened.written.at(-1)).toMatchObject({ kind: 'lapsed', attemptId: copy });
  await vi.advanceTimersByTimeAsync(70_000);
  expect(opened.leases()).toBe(2);
});

test('a copy that fails leaves the task where it was', async () => {
  const { copy } = await late();
  const cause = FailureCause.FAILURE_CAUSE_ENGINE_CRASHED;
  opened.dispatcher.reports.failed('n2', { attemptId: copy, cause, message: 'It broke.' });
  await vi.advanceTimersByTimeAsync(40_000);
  expect(opened.leases()).toBe(1);
});
