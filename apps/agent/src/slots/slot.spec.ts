import { EventEmitter } from 'node:events';
import { agentProto } from '@atelier/contracts';
import {
  EngineError,
  type Engine,
  type EngineExit,
  type RenderHooks,
  type RenderRequest,
  type RenderResult,
} from '@atelier/diffusion';
import { agentMetrics, createLogger, createRegistry } from '@atelier/telemetry';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Outgoing } from '../link/session.js';
import { TelemetryHub } from '../telemetry/telemetry.js';
import { Refusal } from './refusal.js';
import { EngineSupervisor } from './engine-supervisor.js';
import type { FinishedRun } from './finished-picture.js';
import { Slot, type SlotOptions } from './slot.js';
import type { Work } from './work.js';

const { DrainMode, FailureCause, SlotState } = agentProto;

/** An engine process that draws nothing: a test ends its runs. */
class EngineDouble implements Engine {
  readonly pid = Math.ceil(Math.random() * 1e6);
  readonly device: Engine['device'] = { provider: 'cpu', name: 'double', memoryBytes: 1, precision: 'F32', reason: '' };
  loaded: Engine['loaded'] = [];
  readonly requests: RenderRequest[] = [];
  released = 0;
  obeysCancel = true;
  private run:
    { resolve(result: RenderResult): void; reject(error: EngineError): void; hooks: RenderHooks } | undefined;
  private end!: (exit: EngineExit) => void;
  readonly exited = new Promise<EngineExit>((resolve) => (this.end = resolve));

  render(request: RenderRequest, hooks: RenderHooks = {}): Promise<RenderResult> {
    this.requests.push(request);
    return new Promise((resolve, reject) => {
      this.run = { resolve, reject, hooks };
      hooks.signal?.addEventListener('abort', () => {
        if (this.obeysCancel) reject(new EngineError('cancelled', 'the run was cancelled'));
      });
    });
  }
  progress(step: number) {
    this.run!.hooks.onProgress!({ stage: 'denoise', step, steps: 4 });
  }
  finish() {
    const pictures = this.requests
      .at(-1)!
      .pictures.map(() => ({ width: 1, height: 1, pixels: new Uint8Array(3), pixelSha256: '' }));
    const settings = {
      sampler: 'ddim',
      schedule: 'normal',
      steps: 4,
      guidanceScale: 1,
      width: 1,
      height: 1,
      clipSkip: 0,
      rng: 'cpu' as const,
      vaeTiling: false,
    };
    this.run!.resolve({
      pictures,
      settings,
      warnings: [],
      secondsLoad: 0,
      secondsEncode: 0,
      secondsDenoise: 0,
      secondsDecode: 0,
      networks: this.loaded.map(({ key }) => key),
      idleBytes: 0,
      peakBytes: 5e9,
    });
  }
  fail(error: EngineError) {
    this.run!.reject(error);
  }
  watch() {}
  async release() {
    this.released++;
  }
  async close() {
    this.end({ code: 0, signal: null });
  }
  kill() {
    this.run?.reject(new EngineError('crashed', 'the engine process was ended by SIGKILL'));
    this.end({ code: null, signal: 'SIGKILL' });
  }
}

/** A spool that takes everything, and a disk that can be full. */
class StoreDouble extends EventEmitter<{ changed: [] }> {
  trouble = '';
  readonly kept: string[] = [];
  readonly finished: FinishedRun[] = [];
  async keep(work: Work, { attemptId }: agentProto.Lease, _: number, finished: FinishedRun) {
    if (!work.wanted.has(attemptId)) return;
    this.kept.push(attemptId);
    this.finished.push(finished);
  }
}

/** A node that has in memory what was needed before. */
class WeightsDouble extends EventEmitter<{ changed: [] }> {
  readonly keys: string[] = [];
  readonly models = new Set<string>();
  has(models: readonly string[]) {
    return models.every((model) => this.models.has(model));
  }
  async note(key: string, models: readonly string[]) {
    this.keys.push(key);
    for (const model of models) this.models.add(model);
  }
}

let engines: EngineDouble[];
let said: Outgoing[];
let store: StoreDouble;
let supervisor: EngineSupervisor;
let mayStart: boolean;

async function createSlot(options: Partial<SlotOptions> = {}): Promise<Slot> {
  const log = createLogger({ name: 'test', level: 'silent' });
  supervisor = new EngineSupervisor(async () => {
    engines.push(new EngineDouble());
    return engines.at(-1)!;
  }, log);
  const slot = new Slot({
    id: 'slot-0',
    engine: supervisor,
    means: { features: new Set(), pathOf: (sha256) => `/models/${sha256}`, previewDecoderOf: () => undefined },
    assets: { get: async () => Promise.reject(new Error('there is none')) },
    weights: new WeightsDouble(),
    readMemory: async () => null,
    models: { canFetch: false, bring: () => Promise.reject(new Error('there is none')), used: async () => {} },
    store,
    send: (message) => said.push(message),
    mayStart: () => mayStart,
    hub: new TelemetryHub(),
    metrics: agentMetrics(createRegistry()),
    log,
    idleUnloadMs: 1e9,
    ...options,
  });
  await supervisor.start();
  return slot;
}

beforeEach(() => {
  engines = [];
  said = [];
  store = new StoreDouble();
  mayStart = true;
});
afterEach(() => supervisor.close());

function lease(attemptId: string, prompt = attemptId): agentProto.Lease {
  const request = agentProto.RenderRequest.fromPartial({
    checkpoint: { name: 'm', sha256: 'abc' },
    prompt,
    width: 8,
    height: 8,
    steps: 4,
  });
  return { attemptId, jobId: 'j', taskIndex: 0, attemptNumber: 1, outputFormat: 'png', request };
}
function assign(slot: Slot, ...attemptIds: string[]) {
  slot.accept(attemptIds.map((id) => lease(id)));
  slot.turn();
}
const started = () => said.flatMap((message) => (message.$case === 'attemptStarted' ? message.value.attemptId : []));
const failures = () =>
  said.flatMap((message) =>
    message.$case === 'attemptFailed'
      ? [[message.value.attemptId, FailureCause[message.value.cause], message.value.message]]
      : [],
  );
const states = () =>
  said.flatMap((message) =>
    message.$case === 'slotStatus' ? SlotState[message.value.state].slice('SLOT_STATE_'.length) : [],
  );
const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

test('one runs, one waits, and nothing more is taken', async () => {
  const slot = await createSlot();
  assign(slot, 'a');
  assign(slot, 'b');
  expect(() => slot.accept([lease('c')])).toThrow(Refusal);
  expect(started()).toEqual(['a']);
  expect(slot.heldAttempts()).toEqual(['a', 'b']);
  engines[0]!.progress(1);
  engines[0]!.finish();
  await settled();
  expect(store.kept).toEqual(['a']);
  expect(started()).toEqual(['a', 'b']);
  engines[0]!.finish();
  await settled();
  expect(slot.heldAttempts()).toEqual([]);
  expect(slot.status()).toMatchObject({
    state: SlotState.SLOT_STATE_IDLE,
    loadedCheckpoint: 'abc',
    enginePid: engines[0]!.pid,
  });
  expect(slot.busyMs()).toBeGreaterThan(0);
});

test('an assignment that comes twice is held once', async () => {
  const slot = await createSlot();
  assign(slot, 'a');
  assign(slot, 'a');
  expect(slot.heldAttempts()).toEqual(['a']);
});

test('tasks that share a run are asked for at once', async () => {
  const slot = await createSlot();
  assign(slot, 'a', 'b');
  expect(engines[0]!.requests).toMatchObject([
    { checkpoint: '/models/abc', pictures: [{ prompt: 'a' }, { prompt: 'b' }] },
  ]);
  engines[0]!.finish();
  await settled();
  expect(store.kept).toEqual(['a', 'b']);
});

test('a crash costs one attempt, and the next runs on a new engine', async () => {
  const slot = await createSlot();
  assign(slot, 'a');
  assign(slot, 'b');
  engines[0]!.kill();
  await settled();
  expect(failures()).toEqual([['a', 'FAILURE_CAUSE_ENGINE_CRASHED', 'the engine process was ended by SIGKILL']]);
  expect(engines).toHaveLength(2);
  expect(started()).toEqual(['a', 'b']);
  engines[1]!.finish();
  await settled();
  expect(store.kept).toEqual(['b']);
});

test('an engine that lives on after a crash is not trusted', async () => {
  const slot = await createSlot();
  assign(slot, 'a');
  engines[0]!.fail(new EngineError('crashed', 'something odd'));
  await settled();
  expect(failures()).toEqual([['a', 'FAILURE_CAUSE_ENGINE_CRASHED', 'something odd']]);
  expect(engines).toHaveLength(2);
});

test.each([
  ['invalid_request', 'INVALID_REQUEST'],
  ['unsupported', 'UNSUPPORTED'],
  ['load_failed', 'LOAD_FAILED'],
  ['out_of_memory', 'OUT_OF_MEMORY'],
  ['corrupt_output', 'CORRUPT_OUTPUT'],
] as const)('the engine’s %s is told as %s', async (code, cause) => {
  const slot = await createSlot();
  assign(slot, 'a');
  engines[0]!.fail(new EngineError(code, 'a sentence'));
  await settled();
  expect(failures()).toEqual([['a', `FAILURE_CAUSE_${cause}`, 'a sentence']]);
  expect(engines).toHaveLength(1);
});

test('revoked: what waits is dropped, what runs is cancelled', async () => {
  const slot = await createSlot();
  assign(slot, 'a');
  assign(slot, 'b');
  slot.revoke(new Set(['b']), 'cancelled');
  expect(failures()).toEqual([['b', 'FAILURE_CAUSE_REVOKED', 'cancelled']]);
  slot.revoke(new Set(['a']), 'cancelled');
  expect(failures()).toHaveLength(1);
  await settled();
  expect(failures()).toEqual([
    ['b', 'FAILURE_CAUSE_REVOKED', 'cancelled'],
    ['a', 'FAILURE_CAUSE_REVOKED', 'cancelled'],
  ]);
  expect(slot.status().state).toBe(SlotState.SLOT_STATE_IDLE);
});

test('one of a group revoked: the others go on', async () => {
  const slot = await createSlot();
  assign(slot, 'a', 'b');
  slot.revoke(new Set(['a']), 'superseded');
  engines[0]!.finish();
  await settled();
  expect(failures()).toEqual([['a', 'FAILURE_CAUSE_REVOKED', 'superseded']]);
  expect(store.kept).toEqual(['b']);
});

test('one of a group revoked while it waits: it is not drawn', async () => {
  const slot = await createSlot();
  assign(slot, 'a');
  assign(slot, 'b', 'c');
  slot.revoke(new Set(['b']), 'superseded');
  engines[0]!.finish();
  await settled();
  expect(engines[0]!.requests.at(-1)!.pictures).toMatchObject([{ prompt: 'c' }]);
  engines[0]!.finish();
  await settled();
  expect(store.kept).toEqual(['a', 'c']);
});

test('an engine that does not obey a cancel is ended', async () => {
  const slot = await createSlot({ limits: { cancelMs: 10, stallMs: 1e6 } });
  assign(slot, 'a');
  engines[0]!.obeysCancel = false;
  slot.revoke(new Set(['a']), 'cancelled');
  await expect.poll(() => engines.length).toBe(2);
  expect(failures()).toEqual([['a', 'FAILURE_CAUSE_REVOKED', 'cancelled']]);
});

test('an engine that gives no sign of progress is ended', async () => {
  const slot = await createSlot({ limits: { cancelMs: 1e6, stallMs: 20 } });
  assign(slot, 'a');
  await expect.poll(() => engines.length).toBe(2);
  expect(failures()).toEqual([
    ['a', 'FAILURE_CAUSE_TIMED_OUT', 'the engine gave no sign of progress for 0.02 s and was ended'],
  ]);
});

test('a step that takes three times as long as the steps before is ended', async () => {
  const shortestMs = { step: 1 };
  const slot = await createSlot({ limits: { cancelMs: 1e6, stallMs: 1e6, shortestMs } });
  assign(slot, 'a');
  for (const step of [0, 1, 2]) {
    engines[0]!.progress(step);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await expect.poll(() => engines.length).toBe(2);
  expect(failures()).toEqual([
    ['a', 'FAILURE_CAUSE_TIMED_OUT', expect.stringMatching(/^the engine hung in a step, which was expected to take/)],
  ]);
});

test('what the scheduler predicts bounds the first run', async () => {
  const slot = await createSlot({ limits: { cancelMs: 1e6, stallMs: 1e6, shortestMs: { load: 1 } } });
  slot.accept([lease('a')], { load: 0.005 });
  slot.turn();
  await expect.poll(() => engines.length).toBe(2);
  expect(failures()).toEqual([['a', 'FAILURE_CAUSE_TIMED_OUT', expect.stringMatching(/hung in loading/)]]);
});

test('lends its engine between two assignments', async () => {
  const slot = await createSlot();
  assign(slot, 'a');
  assign(slot, 'b');
  const order: string[] = [];
  const borrowed = slot.borrow(async (engine) => {
    order.push(`borrowed ${engine.pid === engines[0]!.pid}`);
    expect(started()).toEqual(['a']);
    expect(slot.status().state).toBe(SlotState.SLOT_STATE_BUSY);
  }, 1e6);
  engines[0]!.finish();
  await borrowed;
  expect(order).toEqual(['borrowed true']);
  expect(started()).toEqual(['a', 'b']);
  await expect(slot.borrow(async () => undefined, 5)).rejects.toThrow('The slot slot-0 was busy for 0.005 s.');
});

test('nothing new starts while the scheduler is silent', async () => {
  const slot = await createSlot();
  assign(slot, 'a');
  assign(slot, 'b');
  mayStart = false;
  engines[0]!.finish();
  await settled();
  expect(started()).toEqual(['a']);
  mayStart = true;
  slot.turn();
  expect(started()).toEqual(['a', 'b']);
});

test('a drain finishes what runs, gives back what waits, unloads, and ends', async () => {
  const slot = await createSlot();
  assign(slot, 'a');
  assign(slot, 'b');
  slot.setDrain(DrainMode.DRAIN_MODE_FINISH);
  expect(failures()).toEqual([['b', 'FAILURE_CAUSE_REVOKED', 'The node drains.']]);
  expect(() => slot.accept([lease('c')])).toThrow('The node drains.');
  engines[0]!.finish();
  await settled();
  expect(store.kept).toEqual(['a']);
  expect(engines[0]!.released).toBe(1);
  expect(states().at(-1)).toBe('DRAINED');
  slot.setDrain(DrainMode.DRAIN_MODE_UNSPECIFIED);
  expect(states().at(-1)).toBe('IDLE');
});

test('a drain at once gives back what runs', async () => {
  const slot = await createSlot();
  assign(slot, 'a');
  slot.setDrain(DrainMode.DRAIN_MODE_NOW);
  await settled();
  expect(failures()).toEqual([['a', 'FAILURE_CAUSE_REVOKED', 'The node drains.']]);
});

test('a full disk blocks the slot and says so', async () => {
  const slot = await createSlot();
  store.trouble = 'The disk is full.';
  store.emit('changed');
  assign(slot, 'a');
  expect(started()).toEqual([]);
  expect(slot.status()).toMatchObject({ state: SlotState.SLOT_STATE_BLOCKED, reason: 'The disk is full.' });
  store.trouble = '';
  store.emit('changed');
  expect(started()).toEqual(['a']);
});

test('an idle slot lets go of its networks', async () => {
  const slot = await createSlot({ idleUnloadMs: 10 });
  assign(slot, 'a');
  engines[0]!.progress(1);
  engines[0]!.finish();
  await expect.poll(() => engines[0]!.released).toBe(1);
  expect(slot.status().loadedCheckpoint).toBe('');
});

test('where the weights of a run lay, and the memory that it took, are told with it', async () => {
  const weights = new WeightsDouble();
  const slot = await createSlot({ weights });
  const [engine] = engines;
  const run = async (attemptId: string, key: string, loaded: string[], checkpoint = 'abc') => {
    const { request, ...rest } = lease(attemptId);
    slot.accept([{ ...rest, request: { ...request!, checkpoint: { name: 'm', sha256: checkpoint } } }], {}, key);
    slot.turn();
    engine!.loaded = loaded.map((name) => ({ key: name, network: 'unet', source: '', bytes: 1 }));
    engine!.progress(1);
    engine!.finish();
    await settled();
  };
  await run('a', 'abc', ['plain']);
  await run('b', 'abc x', ['plain', 'with x']);
  await run('c', 'abc', ['plain', 'with x']);
  expect(slot.status().loadedKeys).toEqual(['abc x', 'abc']);
  await run('d', 'def', ['other'], 'def');
  await run('e', 'abc', ['plain']);
  expect(slot.status()).toMatchObject({ loadedKeys: ['abc'], memoryKeys: ['abc', 'abc x', 'abc', 'def', 'abc'] });
  const { LoadTier } = agentProto;
  expect(store.finished.map(({ loadTier }) => LoadTier[loadTier])).toEqual([
    'LOAD_TIER_DISK',
    'LOAD_TIER_CHANGE',
    'LOAD_TIER_VRAM',
    'LOAD_TIER_DISK',
    'LOAD_TIER_RAM',
  ]);
  expect(store.finished[0]!.memoryBytes).toBe(5e9);
});

test('models that the node lacks are fetched before the run begins, and told with it', async () => {
  const paths = new Map<string, string>();
  let arrive: (fetched: { bytes: number; seconds: number }) => void;
  const asked: string[][] = [];
  const bring = (hashes: readonly string[]) => {
    asked.push([...hashes]);
    return new Promise<{ bytes: number; seconds: number }>((resolve) => (arrive = resolve));
  };
  const slot = await createSlot({
    means: { features: new Set(), pathOf: (sha256) => paths.get(sha256), previewDecoderOf: () => undefined },
    models: { canFetch: true, bring, used: async () => {} },
  });
  assign(slot, 'a');
  await settled();
  expect([asked, slot.status().state, engines[0]!.requests]).toEqual([[['abc']], SlotState.SLOT_STATE_BUSY, []]);
  expect(slot.neededModels()).toEqual(['abc']);
  paths.set('abc', '/fetched/abc');
  arrive!({ bytes: 7, seconds: 2 });
  await settled();
  expect(engines[0]!.requests).toMatchObject([{ checkpoint: '/fetched/abc' }]);
  engines[0]!.finish();
  await settled();
  const loadTier = agentProto.LoadTier.LOAD_TIER_LAN;
  expect(store.finished).toMatchObject([{ loadTier, fetched: { bytes: 7, seconds: 2 } }]);
});

test('a run whose models do not come fails for that, or is given back', async () => {
  const unreachable = new Refusal(FailureCause.FAILURE_CAUSE_NETWORK, 'It did not arrive.');
  const bring = () => Promise.reject(unreachable);
  const means = { features: new Set<string>(), pathOf: () => undefined, previewDecoderOf: () => undefined };
  const slot = await createSlot({ means, models: { canFetch: true, bring, used: async () => {} } });
  assign(slot, 'a');
  await settled();
  expect(failures()).toEqual([['a', 'FAILURE_CAUSE_NETWORK', 'It did not arrive.']]);
  const waiting = await createSlot({
    means,
    models: { canFetch: true, bring: () => new Promise(() => {}), used: async () => {} },
  });
  said.length = 0;
  assign(waiting, 'b');
  await settled();
  waiting.revoke(new Set(['b']), 'Somebody cancelled it.');
  await settled();
  expect(failures()).toEqual([['b', 'FAILURE_CAUSE_REVOKED', 'Somebody cancelled it.']]);
});
