/** Question 1: pictures through the whole way: scheduler, agent, engine process and the WebGPU provider. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeImage, startEngine, type RenderRequest, type RenderResult } from '@atelier/diffusion';
import { startCommand } from '../faults/farm/child.js';
import { atelier } from '../support/cli.js';
import { freePort, root } from '../support/farm.js';
import { milliseconds, psnr, type Part, type Row, type Setting, type Subject } from './part.js';

const PROMPT = 'a red house on green hills at sunset';
const SEED = 401;
const [STEPS, FULL_STEPS] = [8, 20];
/** A farm gives up a run that takes longer. */
const MOST_MS = 10 * 60_000;
const DEMO = join(root, 'models/postcard');
const BATCH = {
  ...{ kind: 'Batch', name: 'gpu', model: 'postcard', size: '128x128', seed: SEED, prompts: [PROMPT] },
  ...{ steps: STEPS, guidance: 5, sampler: 'ddim' },
};
const FARM_REQUEST: RenderRequest = {
  ...{ checkpoint: DEMO, steps: STEPS, guidanceScale: 5, sampler: 'ddim', width: 128, height: 128 },
  pictures: [{ prompt: PROMPT, seed: SEED }],
};
const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

export const picture: Part = {
  name: 'picture',
  about: 'a picture by the engine beside the CPU, and by a farm whose agent computes on the card',
  async *run({ device, subjects }) {
    for (const subject of subjects) yield await byEngine(device, subject);
    yield await byFarm();
  },
};

async function byEngine(device: Setting['device'], subject: Subject): Promise<Row> {
  const steps = subject.full && !device.software ? FULL_STEPS : STEPS;
  const request: RenderRequest = {
    ...{ checkpoint: subject.checkpoint, steps, guidanceScale: 5, width: subject.side, height: subject.side },
    pictures: [{ prompt: PROMPT, seed: SEED }],
  };
  const row = { subject: subject.name, what: `a picture of ${subject.side}x${subject.side} in ${steps} steps` };
  try {
    const drawn = await render('webgpu', request);
    // Random weights draw nothing that could be told apart from the CPU's; a CPU would take hours for it.
    const expected = subject.full ? undefined : await render('cpu', request);
    const [own, other] = [drawn.result.pictures[0]!.pixels, expected?.result.pictures[0]!.pixels];
    const { secondsLoad, secondsEncode, secondsDenoise, secondsDecode } = drawn.result;
    return {
      ...{ ...row, precision: drawn.precision, ms: milliseconds(drawn.step) },
      ...{ 'load s': secondsLoad, 'encode s': secondsEncode, 'denoise s': secondsDenoise, 'decode s': secondsDecode },
      'PSNR dB': other ? psnr(own, other, 255) : null,
      told: drawn.reason,
    };
  } catch (error) {
    return { ...row, failed: (error as Error).message };
  }
}

async function render(
  provider: string,
  request: RenderRequest,
): Promise<{ result: RenderResult; step: number; precision: string; reason: string }> {
  const engine = await startEngine({ provider });
  try {
    const ends: number[] = [];
    const result = await engine.render(request, {
      onProgress: ({ stage }) => void (stage === 'denoise' && ends.push(performance.now())),
    });
    const steps = ends.slice(1).map((end, i) => (end - ends[i]!) / 1000);
    return { result, step: median(steps), precision: engine.device.precision, reason: engine.device.reason };
  } finally {
    engine.kill();
    await engine.exited;
  }
}

/** The demo model by a farm of one node. */
async function byFarm(): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-gpu-farm-'));
  const env = { ATELIER_MODELS: join(root, 'models') };
  const row = { subject: 'demo', what: 'a picture by scheduler, agent and engine process' };
  const children: { process: { kill(): void }; exited: Promise<unknown> }[] = [];
  try {
    const ports = [await freePort(), await freePort()].map(String) as [string, string];
    const scheduler = await startCommand<{ api: string; grpc: string }>(
      ['scheduler', '--port', ports[0], '--grpc-port', ports[1], '--data', join(folder, 'scheduler')],
      env,
    );
    children.push(scheduler);
    const { api, grpc } = scheduler.answer;
    const answered = await fetch(`${api}/api/v1/tokens`, { method: 'POST' });
    const { token } = (await answered.json()) as { token: string };
    const agent = ['agent', '--join', grpc, '--name', 'card', '--data', join(folder, 'card'), '--provider', 'webgpu'];
    children.push(await startCommand(agent, { ...env, ATELIER_JOIN_TOKEN: token }));
    const begin = performance.now();
    const [batch, output] = [join(folder, 'batch.json'), join(folder, 'out')];
    writeFileSync(batch, JSON.stringify(BATCH));
    const submit = ['submit', batch, '--output', output];
    const { code, stderr } = await atelier(submit, { env: { ...env, ATELIER_SERVER: api }, timeoutMs: MOST_MS });
    if (code !== 0) throw new Error(stderr.trim());
    const [{ file }] = JSON.parse(readFileSync(join(output, 'manifest.json'), 'utf8')) as [{ file: string }];
    const { pixels } = await decodeImage(readFileSync(join(output, file)));
    const expected = await render('cpu', FARM_REQUEST);
    return {
      ...{ ...row, 'all s': (performance.now() - begin) / 1000 },
      'PSNR dB': psnr(pixels, expected.result.pictures[0]!.pixels, 255),
      told: 'on a node that joined with --provider webgpu',
    };
  } catch (error) {
    return { ...row, failed: (error as Error).message.split('\n')[0]! };
  } finally {
    for (const child of children.reverse()) {
      child.process.kill();
      await child.exited;
    }
    rmSync(folder, { recursive: true, force: true });
  }
}
