import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { agentProto } from '@atelier/contracts';
import {
  decodeImage,
  ENGINE_BUILD,
  pixelSha256,
  readPngText,
  startEngine,
  type Engine,
  type RenderPreview,
} from '@atelier/diffusion';
import { hashCheckpoint } from '@atelier/diffusion/checkpoint';
import { createLogger } from '@atelier/telemetry';
import { createJoinToken } from '@atelier/trust';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { testSlots } from './acceptance/acceptance-test.js';
import { EngineSupervisor } from './slots/engine-supervisor.js';
import { startAgent, type RunningAgent } from './index.js';
import { lease as leaseOf } from './testing/lease.js';
import { SchedulerDouble, sha256 } from './testing/scheduler-double.js';

const { LoadTier, FailureCause, SlotState } = agentProto;
const modelFolder = fileURLToPath(new URL('../../../models', import.meta.url));
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

let folder: string;
let double: SchedulerDouble;
let checkpoint: agentProto.ModelReference;

beforeAll(async () => {
  checkpoint = { name: 'postcard', sha256: await hashCheckpoint(join(modelFolder, 'postcard')) };
});
const start = async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-agent-'));
  double = await SchedulerDouble.start();
};
const stop = async () => {
  await double.close();
  await rm(folder, { recursive: true, force: true });
};
const lease = (id: string, change: Partial<agentProto.RenderRequest> = {}) => leaseOf(id, { checkpoint, ...change });
/** The mean of the 8x8 pixels of a decoded preview that a value of the small preview stands for. */
function meanOfCell({ width, pixels }: RenderPreview, index: number): number {
  const [cell, channel] = [Math.floor(index / 3), index % 3];
  const [x, y] = [cell % (width / 8), Math.floor(cell / (width / 8))];
  let sum = 0;
  for (let i = 0; i < 64; i++) sum += pixels[3 * ((8 * y + (i >> 3)) * width + 8 * x + (i % 8)) + channel]!;
  return sum / 64;
}
const spooled = () => readdir(join(folder, 'node', 'spool'));

describe('an agent with the real engine', () => {
  let agent: RunningAgent;
  beforeAll(async () => {
    await start();
    agent = await startAgent({
      join: double.address,
      token: double.token(),
      dataDir: join(folder, 'node'),
      modelFolders: [modelFolder],
      provider: 'cpu',
      threads: 1,
      logger: createLogger({ name: 'agent', level: 'silent' }),
    });
  });
  afterAll(async () => {
    await agent.close();
    await stop();
  });

  test('tells its models and its device', async () => {
    const { inventory, slots } = await double.until('hello');
    expect(inventory!.models).toContainEqual(checkpoint);
    expect(inventory!.devices).toMatchObject([{ slotId: 'slot-0', deviceId: 'cpu', provider: 'cpu' }]);
    expect(slots).toMatchObject([{ state: SlotState.SLOT_STATE_IDLE, enginePid: agent.enginePids()[0] }]);
  });

  test('an assignment becomes a stored picture, and the spool is empty again', async () => {
    double.assign(lease('a1'));
    const uploaded = await double.until('attemptUploaded', ({ attemptId }) => attemptId === 'a1');
    const { file } = double.uploads.get('a1')!;
    expect(uploaded).toMatchObject({ sha256: sha256(file), width: 128, height: 128 });
    expect(uploaded.record).toMatchObject({ engineBuild: ENGINE_BUILD, provider: 'cpu', groupSize: 1 });
    expect(uploaded.record!.uploadSeconds).toBeGreaterThan(0);
    // Weights of the demo model alone are some 15 MB; a process that draws has more.
    if (process.platform === 'linux') expect(uploaded.record!.memoryBytes).toBeGreaterThan(50e6);
    expect(uploaded.record!.memoryBytes).toBeLessThan(4e9);
    const { pixels } = await decodeImage(file);
    expect(pixelSha256(pixels)).toBe(uploaded.pixelSha256);
    expect(readPngText(file).parameters).toContain('a red lighthouse by the sea');
    await expect.poll(spooled).toEqual([]);
    const order = double.said.map(({ $case }) => $case).filter((kind) => kind !== 'slotStatus');
    expect(order).toEqual(['hello', 'acceptance', 'attemptStarted', 'uploadTicketRequest', 'attemptUploaded']);
  });

  test('the same request gives the same bytes, alone or in a group', async () => {
    double.assign(lease('b1'), lease('b2', { seed: 8 }));
    const [first, second] = await Promise.all(
      ['b1', 'b2'].map((id) => double.until('attemptUploaded', ({ attemptId }) => attemptId === id)),
    );
    expect(second!.record!.groupSize).toBe(2);
    expect(second!.pixelSha256).not.toBe(first!.pixelSha256);
    double.assign(lease('b3', { seed: 8 }));
    await double.until('attemptUploaded', ({ attemptId }) => attemptId === 'b3');
    expect(readPngText(double.uploads.get('b3')!.file)).toEqual(readPngText(double.uploads.get('b2')!.file));
    double.assign(lease('b4', { seed: 8 }));
    const again = await double.until('attemptUploaded', ({ attemptId }) => attemptId === 'b4');
    expect(again.sha256).toBe(sha256(double.uploads.get('b3')!.file));
    expect(again.record!.loadTier).toBe(LoadTier.LOAD_TIER_VRAM);
    const { loadedKeys, memoryKeys } = await double.until('slotStatus', (status) => status.memoryKeys.length > 0);
    expect([loadedKeys, memoryKeys]).toEqual([[checkpoint.sha256], [checkpoint.sha256]]);
  });

  test('the acceptance picture is drawn between two assignments, and is the reference’s', async () => {
    double.assign(lease('t1', { steps: 30 }));
    await double.until('attemptStarted', ({ attemptId }) => attemptId === 't1');
    double.order({ $case: 'acceptanceTest', value: { testId: 'test-1' } });
    const { testId, slots } = await double.until('acceptanceReport');
    expect(testId).toBe('test-1');
    expect(slots).toMatchObject([{ slotId: 'slot-0', outcome: agentProto.SlotTestOutcome.SLOT_TEST_OUTCOME_PASSED }]);
    expect(slots[0]!.largestDifference).toBeLessThanOrEqual(1);
    expect(slots[0]!.stepSeconds).toBeGreaterThan(0);
    const order = double.said.map(({ $case }) => $case);
    expect(order.indexOf('acceptanceReport')).toBeGreaterThan(order.lastIndexOf('uploadTicketRequest'));
  });

  test('a node without the demo model says so', async () => {
    const log = createLogger({ name: 'agent', level: 'silent' });
    const slots = [{ id: 'slot-0' }] as never;
    expect(await testSlots({ models: { all: [] }, slots, log })).toMatchObject([
      {
        outcome: agentProto.SlotTestOutcome.SLOT_TEST_OUTCOME_SKIPPED,
        message: 'This node has no demo model: it serves without having been tested.',
      },
    ]);
  });

  test('a picture that differs fails the test, with the numbers', async () => {
    const wrong = join(folder, 'wrong');
    await cp(join(modelFolder, 'postcard'), wrong, { recursive: true });
    const file = join(wrong, 'acceptance.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace('"seed": 105', '"seed": 106'));
    const engine = new EngineSupervisor(
      () => startEngine({ provider: 'cpu', threads: 1 }),
      createLogger({ name: 'agent', level: 'silent' }),
    );
    await engine.start();
    const lent = { id: 'slot-0', borrow: (use: (with_: Engine) => Promise<unknown>) => use(engine.engine!) };
    const [told] = await testSlots({
      models: { all: [{ sha256: '', path: wrong }] as never },
      slots: [lent] as never,
      log: createLogger({ name: 'agent', level: 'silent' }),
    });
    await engine.close();
    expect(told).toMatchObject({
      outcome: agentProto.SlotTestOutcome.SLOT_TEST_OUTCOME_FAILED,
      message: expect.stringMatching(
        /^Its acceptance picture differs from the reference by at most \d+ levels of 255, .* 64 and 2 are allowed\.$/,
      ) as string,
    });
  });

  test('a watcher sees progress and previews', async () => {
    const seen: agentProto.WatchTelemetryResponse['message'][] = [];
    const stream = double.agent.watchTelemetry({ previews: true });
    stream.on('data', ({ message }: agentProto.WatchTelemetryResponse) => seen.push(message));
    stream.on('error', () => undefined);
    double.assign(lease('c1', { steps: 6 }));
    await double.until('attemptUploaded', ({ attemptId }) => attemptId === 'c1');
    stream.cancel();
    const progress = seen.flatMap((message) => (message?.$case === 'progress' ? message.value : []));
    expect(new Set(progress.map(({ stage }) => stage))).toEqual(
      new Set(['load', 'encode', 'denoise', 'decode', 'upload']),
    );
    expect(progress.filter(({ stage }) => stage === 'denoise').at(-1)).toMatchObject({
      attemptId: 'c1',
      step: 6,
      steps: 6,
    });
    const previews = seen.flatMap((message) => (message?.$case === 'preview' ? message.value : []));
    expect(previews.length).toBeGreaterThan(0);
    // By the preview decoder that lies beside the demo model: a latent is 8 pixels wide.
    expect((await decodeImage(previews[0]!.image)).width).toBe(128);
  });

  test('the demo model’s previews are larger with its decoder, and the picture is the same', async () => {
    const engine = await startEngine({ provider: 'cpu', threads: 1 });
    const drawn = async (previewDecoder?: string) => {
      const previews: RenderPreview[] = [];
      const request = {
        checkpoint: join(modelFolder, 'postcard'),
        steps: 2,
        guidanceScale: 4,
        pictures: [{ prompt: 'a red lighthouse by the sea', seed: 7 }],
        ...(previewDecoder && { previewDecoder }),
      };
      const { pictures } = await engine.render(request, { onPreview: (preview) => previews.push(preview) });
      return { pixelSha256: pictures[0]!.pixelSha256, last: previews.at(-1)! };
    };
    const plain = await drawn();
    const decoded = await drawn(join(modelFolder, 'postcard-preview'));
    engine.kill();
    expect([plain.last.width, plain.last.height]).toEqual([16, 16]);
    expect([decoded.last.width, decoded.last.height]).toEqual([128, 128]);
    expect(decoded.pixelSha256).toBe(plain.pixelSha256);
    // The mean of a preview's 8x8 pixels is about the colour of its latent, and never all of them exactly.
    const means = Uint8Array.from(plain.last.pixels, (_, i) => meanOfCell(decoded.last, i));
    const off = Math.sqrt(
      means.reduce((sum, value, i) => sum + (value - plain.last.pixels[i]!) ** 2, 0) / means.length,
    );
    expect(off).toBeGreaterThan(0);
    expect(off).toBeLessThan(40);
  });

  test('a revoked run ends between two steps, and the next one goes on', async () => {
    double.assign(lease('d1', { steps: 500 }));
    double.assign(lease('d2'));
    await double.until('attemptStarted', ({ attemptId }) => attemptId === 'd1');
    const before = agent.enginePids();
    double.order({ $case: 'revocation', value: { attemptIds: ['d1'], reason: 'The job was cancelled.' } });
    const failed = await double.until('attemptFailed', ({ attemptId }) => attemptId === 'd1', 8_000);
    expect(failed).toMatchObject({ cause: FailureCause.FAILURE_CAUSE_REVOKED, message: 'The job was cancelled.' });
    await double.until('attemptUploaded', ({ attemptId }) => attemptId === 'd2');
    expect(agent.enginePids()).toEqual(before);
  });

  test('an engine killed in mid-run costs one attempt', async () => {
    double.assign(lease('e1', { steps: 500 }));
    await double.until('attemptStarted', ({ attemptId }) => attemptId === 'e1');
    process.kill(agent.enginePids()[0]!, 'SIGKILL');
    const failed = await double.until('attemptFailed', ({ attemptId }) => attemptId === 'e1');
    expect(failed).toMatchObject({
      cause: FailureCause.FAILURE_CAUSE_ENGINE_CRASHED,
      message: 'the engine process was ended by SIGKILL',
    });
    double.assign(lease('e2'));
    await double.until('attemptUploaded', ({ attemptId }) => attemptId === 'e2');
  });

  test('a server that is not ready is tried again; a file that it will never take is given up', async () => {
    double.uploadAnswers.push(503, 401);
    double.assign(lease('f1'));
    await double.until('attemptUploaded', ({ attemptId }) => attemptId === 'f1');
    double.uploadAnswers.push(422);
    double.assign(lease('f2'));
    expect(await double.until('attemptFailed', ({ attemptId }) => attemptId === 'f2')).toMatchObject({
      cause: FailureCause.FAILURE_CAUSE_CORRUPT_OUTPUT,
      message: 'The double answers 422.',
    });
    await expect.poll(spooled).toEqual([]);
  });

  /** Settles when the attempt has so many steps behind it. */
  async function steps(attemptId: string, count: number): Promise<void> {
    const stream = double.agent.watchTelemetry({ previews: false });
    stream.on('error', () => undefined);
    await new Promise<void>((done) =>
      stream.on('data', ({ message }: agentProto.WatchTelemetryResponse) => {
        if (message?.$case !== 'progress' || message.value.attemptId !== attemptId) return;
        if (message.value.stage === 'denoise' && message.value.step >= count) done();
      }),
    );
    stream.cancel();
  }

  test('an engine that hangs in a step is ended, and the slot serves on', async () => {
    const before = agent.enginePids();
    double.assign(lease('k1', { steps: 500 }));
    await steps('k1', 3);
    process.kill(before[0]!, 'SIGSTOP');
    const failed = await double.until('attemptFailed', ({ attemptId }) => attemptId === 'k1');
    expect(failed).toMatchObject({ cause: FailureCause.FAILURE_CAUSE_TIMED_OUT });
    expect(failed.message).toMatch(/^the engine hung in a step, which was expected to take/);
    double.assign(lease('k2'));
    await double.until('attemptUploaded', ({ attemptId }) => attemptId === 'k2');
    expect(agent.enginePids()).not.toEqual(before);
  });

  test('what was logged lately can be read', async () => {
    const { lines } = await new Promise<agentProto.ReadLogsResponse>((resolve, reject) =>
      double.agent.readLogs({ lines: 10 }, (error, answer) => (error ? reject(error) : resolve(answer))),
    );
    // This agent writes into a logger of the test's own.
    expect(lines).toEqual([]);
  });

  test('a broken session stops no running work', async () => {
    double.assign(lease('g1', { steps: 100 }));
    await double.until('attemptStarted', ({ attemptId }) => attemptId === 'g1');
    double.hangUp();
    double.said.splice(0);
    const hello = await double.until('hello');
    const here = [...hello.attemptIds, ...hello.spool.map(({ attemptId }) => attemptId)];
    expect(here).toEqual(['g1']);
    await double.until('attemptUploaded', ({ attemptId }) => attemptId === 'g1');
  });

  test('a disk that takes nothing blocks the slot until it does', async () => {
    const spool = join(folder, 'node', 'spool');
    await rename(spool, `${spool}.away`);
    double.assign(lease('h1'));
    const blocked = await double.until('slotStatus', ({ state }) => state === SlotState.SLOT_STATE_BLOCKED);
    expect(blocked.reason).toMatch(/^The spool .* takes no pictures: /);
    expect(blocked.attemptIds).toEqual(['h1']);
    await mkdir(spool);
    await double.until('attemptUploaded', ({ attemptId }) => attemptId === 'h1');
    const last = () => double.said.filter(({ $case }) => $case === 'slotStatus').at(-1)!.value;
    await expect.poll(last).toMatchObject({ state: SlotState.SLOT_STATE_IDLE, reason: '' });
  });

  // The last one: it takes the agent away.
  test('an agent that leaves gives back what runs', async () => {
    double.assign(lease('i1', { steps: 500 }));
    double.assign(lease('i2'));
    await double.until('attemptStarted', ({ attemptId }) => attemptId === 'i1');
    await agent.close();
    for (const id of ['i1', 'i2'])
      expect(await double.until('attemptFailed', ({ attemptId }) => attemptId === id, 1_000)).toMatchObject({
        cause: FailureCause.FAILURE_CAUSE_REVOKED,
        message: 'The agent shuts down.',
      });
  });
});

describe('an agent process', () => {
  const running = new Set<ChildProcess>();
  beforeEach(start);
  afterEach(async () => {
    for (const child of running) child.kill('SIGKILL');
    await stop();
  });

  function run(...args: string[]): { child: ChildProcess; errors(): string } {
    const child = spawn(process.execPath, [main, '--join', double.address, '--data', join(folder, 'node'), ...args], {
      env: { ...process.env, ATELIER_MODELS: modelFolder, ATELIER_LOG: 'silent' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    running.add(child);
    child.once('exit', () => running.delete(child));
    let errors = '';
    child.stderr!.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    return { child, errors: () => errors };
  }

  test.each([
    ['a malformed token', () => 'at1.x', /^error: The join token is malformed: .*\n$/],
    [
      'an expired token',
      () => double.token({ expired: true }),
      /^error: The join token is unknown, used up or expired.\n$/,
    ],
    [
      'a wrong pin',
      () => createJoinToken('0'.repeat(64)).text,
      /^error: The scheduler at .* does not hold the key that the token pins: .*\n$/,
    ],
  ])('%s: one sentence, exit code 2', async (_, token, sentence) => {
    const { child, errors } = run('--token', token());
    expect((await once(child, 'close')) as unknown[]).toEqual([2, null]);
    expect(errors()).toMatch(sentence);
  });

  test('killed with pictures in its spool, it delivers them when it returns', async () => {
    double.givesTickets = false;
    const first = run('--token', double.token());
    await double.until('hello');
    double.assign(lease('a1'));
    double.assign(lease('a2'));
    for (const id of ['a1', 'a2']) await double.until('uploadTicketRequest', ({ attemptId }) => attemptId === id);
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    expect(await spooled()).toHaveLength(4);

    double.said.splice(0);
    double.givesTickets = true;
    const second = run();
    const hello = await double.until('hello');
    expect(hello.spool.map(({ attemptId }) => attemptId)).toEqual(['a1', 'a2']);
    for (const id of ['a1', 'a2']) {
      const uploaded = await double.until('attemptUploaded', ({ attemptId }) => attemptId === id);
      expect(uploaded.sha256).toBe(sha256(double.uploads.get(id)!.file));
    }
    await expect.poll(spooled).toEqual([]);
    second.child.kill('SIGTERM');
    expect((await once(second.child, 'exit')) as unknown[]).toEqual([0, null]);
  });
});
