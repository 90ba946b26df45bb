/** Question 4: milliseconds of a U-Net's run, where they go, and what diffusers takes for the same. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SessionOptions, Target } from '@atelier/diffusion/testing';
import { inChild } from './in-child.js';
import { megabytes, milliseconds, type Part, type Row, type Setting, type Subject } from './part.js';
import { kernelTimes } from './profile.js';
import { referenceRows } from './reference.js';

/** Pictures at once, each shown twice for guidance. */
const PICTURES = [1, 2, 4];
const RUNS = 12;
const SOFTWARE_RUNS = 3;
/** Operators that are listed. */
const MOST_LISTED = 12;

export const speed: Part = {
  name: 'speed',
  about: "milliseconds of a U-Net's run, the operators that take them, diffusers beside it (--reference PYTHON)",
  async *run(setting) {
    for (const subject of setting.subjects) {
      for (const pictures of PICTURES) yield await runRow(setting, subject, pictures, {});
      yield* manners(setting, subject);
      yield* profileRows(setting, subject);
      if (setting.reference !== undefined) yield* referenceRows(setting.reference, subject, PICTURES);
    }
  },
};

/** What else could be chosen, for one picture: attention, layout, keeping of buffers. */
async function* manners(setting: Setting, subject: Subject): AsyncGenerator<Row> {
  const chosen = setting.device.attention.includes(setting.device.computes.at(-1)!);
  yield await runRow(setting, subject, 1, {}, !chosen);
  for (const layout of ['NCHW', 'NHWC'] as const) yield await runRow(setting, subject, 1, { layout });
  for (const buffers of ['simple', 'lazyRelease', 'disabled'] as const) {
    yield await runRow(setting, subject, 1, { buffers });
  }
}

async function runRow(
  { device }: Setting,
  subject: Subject,
  pictures: number,
  options: Omit<SessionOptions, 'provider' | 'threads'>,
  fused?: boolean,
): Promise<Row> {
  const target = targetOf(device, fused);
  const done = await inChild(
    taskOf(subject, pictures, target, options, device.software ? SOFTWARE_RUNS : RUNS),
    device,
  );
  const { result, error } = done;
  const manner = Object.entries(options).map(([key, value]) => `${key} ${value}`);
  return {
    subject: subject.name,
    what: ['U-Net with guidance', `${pictures} at once`, ...manner, attentionOf(target)].join(', '),
    precision: target.precision,
    ...{ ms: milliseconds(result?.seconds), 'first ms': milliseconds(result?.firstSeconds) },
    'load ms': milliseconds(result?.loadSeconds),
    ...{ 'MB up a step': result ? result.up / 1e6 : null, 'MB down a step': result ? result.down / 1e6 : null },
    ...{ 'peak MB': megabytes(done.memory.ran?.peak), failed: error ?? null },
  };
}

/** Where the time of one run goes, as the provider's own clock on the device tells it. */
async function* profileRows({ device }: Setting, subject: Subject): AsyncGenerator<Row> {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-gpu-profile-'));
  try {
    const target = targetOf(device);
    const { error } = await inChild(taskOf(subject, 1, target, { profile: join(folder, 'profile') }, 3), device);
    const [file] = await readdir(folder);
    if (error !== undefined || file === undefined) {
      yield { subject: subject.name, what: 'profile', failed: error ?? 'the runtime wrote no profile' };
      return;
    }
    const kernels = kernelTimes(await readFile(join(folder, file), 'utf8'), 3);
    const all = kernels.reduce((sum, { seconds }) => sum + seconds, 0);
    const launches = kernels.reduce((sum, { count }) => sum + count, 0);
    yield { subject: subject.name, what: `profile: all kernels of a run`, ms: milliseconds(all), launches };
    for (const { name, count, seconds } of kernels.slice(0, MOST_LISTED)) {
      yield { subject: subject.name, what: `profile: ${name}`, ms: milliseconds(seconds), launches: count };
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

function targetOf(device: Setting['device'], fused?: boolean): Target {
  const precision = device.computes.at(-1)!;
  return { provider: 'webgpu', precision, fusedAttention: fused ?? device.attention.includes(precision) };
}

function taskOf(
  { checkpoint, side }: Subject,
  pictures: number,
  target: Target,
  options: Omit<SessionOptions, 'provider' | 'threads'>,
  runs: number,
) {
  return {
    kind: 'network' as const,
    network: { checkpoint, network: 'unet' as const, target, side, rows: 2 * pictures },
    session: { provider: 'webgpu', threads: 2, ...options },
    ...{ runs, tell: false },
  };
}

const attentionOf = ({ fusedAttention }: Target) => (fusedAttention ? 'own attention' : 'attention put together');
