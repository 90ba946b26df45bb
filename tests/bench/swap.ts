/** From one checkpoint to another in an engine that runs, beside reading the other's file. */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEngine, type Engine } from '@atelier/diffusion';
import { SHAPES, writeRandomCheckpoint, type Shape } from '@atelier/diffusion/testing';
import { root } from '../support/farm.js';
import { forgetFiles, readFiles, weightFiles } from './engine/page-cache.js';
import { measureReference } from './engine/peer.js';
import { toFirstStep, type FirstStep } from './engine/to-first-step.js';
import { stepCost, type Measured } from './engine/work.js';
import { goal, type Benchmark, type Goal, type Report } from './harness.js';

const SIDE = 256;
const SUBJECTS: readonly (readonly [string, Shape])[] = [
  ['SD 1.5 in float32', SHAPES['sd1.5']],
  ['SD 1.5 in float16', { ...SHAPES['sd1.5'], type: 'F16' }],
];
/** The demo model and its LoRA. */
const [POSTCARD, LORA, POSTCARD_SIDE] = ['models/postcard', 'models/postcard-lcm-lora', 128];

/** What is paid for a swap: how much longer the first step of a request takes than the same when all is loaded. */
interface Swap {
  seconds: number;
  cpu: number;
}

export const swap: Benchmark = {
  name: 'swap',
  about: 'checkpoint A to B and a change of LoRA, from memory and from disk (--reference PYTHON; --instance NAME)',
  async run({ reference, instance = '' }) {
    const rows: Report['rows'] = [];
    const goals: Goal[] = [];
    for (const [name, shape] of SUBJECTS.filter(([own]) => own.startsWith(instance))) {
      const folder = await mkdtemp(join(tmpdir(), 'atelier-swap-'));
      const [a, b] = [join(folder, 'a'), join(folder, 'b')];
      try {
        for (const checkpoint of [a, b]) await writeRandomCheckpoint(checkpoint, shape);
        const files = weightFiles(b);
        const read = { warm: NaN, cold: null as number | null };
        await readFiles(files);
        read.warm = await readFiles(files);
        const warm = await swapped(a, b, () => readFiles(files));
        rows.push(row(name, 'atelier, from memory', warm, read.warm));
        const forgets = forgetFiles(files);
        if (forgets) {
          read.cold = await readFiles(files);
          const cold = await swapped(a, b, () => void forgetFiles(files));
          rows.push(row(name, 'atelier, from disk', cold, read.cold));
          goals.push(ofReading(`${name}: swap from disk`, cold, read.cold));
        }
        goals.unshift(ofReading(`${name}: swap from memory`, warm, read.warm));
        if (reference !== undefined) {
          await readFiles(files);
          rows.push(row(name, 'diffusers, from memory', ofReference(await referenceOf(reference, b)), read.warm));
        }
      } finally {
        await rm(folder, { recursive: true });
      }
    }
    if ('postcard'.startsWith(instance)) {
      rows.push(row('postcard, another LoRA', 'atelier, from memory', await lora(), null));
    }
    return { rows, goals };
  },
};

/** @param before what happens to the files of `b` when `a` has drawn */
async function swapped(a: string, b: string, before: () => unknown): Promise<Swap> {
  const at = (checkpoint: string): FirstStep => ({ checkpoint, width: SIDE, height: SIDE });
  return inEngine(async (engine) => {
    await toFirstStep(engine, at(a));
    await before();
    return extra(engine, at(b));
  });
}

/** The demo model with a LoRA, after it has drawn without. */
async function lora(): Promise<Swap> {
  const plain = { checkpoint: join(root, POSTCARD), width: POSTCARD_SIDE, height: POSTCARD_SIDE };
  return inEngine(async (engine) => {
    await toFirstStep(engine, plain);
    return extra(engine, { ...plain, loras: [{ path: join(root, LORA), weight: 1 }] });
  });
}

async function inEngine(work: (engine: Engine) => Promise<Swap>): Promise<Swap> {
  const engine = await startEngine({ provider: 'cpu', threads: availableParallelism() });
  try {
    return await work(engine);
  } finally {
    engine.kill();
    await engine.exited;
  }
}

async function extra(engine: Engine, request: FirstStep): Promise<Swap> {
  const [first, again] = [await toFirstStep(engine, request), await toFirstStep(engine, request)];
  return { seconds: first.seconds - again.seconds, cpu: first.cpu - again.cpu };
}

function referenceOf(python: string, checkpoint: string): Promise<Measured> {
  return measureReference(python, {
    ...{ checkpoint, pipeline: 'StableDiffusionPipeline', width: SIDE, height: SIDE, steps: 3, guidance: 1 },
    ...{ pictures: 1, threads: availableParallelism(), runs: 1, latentsOnly: true },
  });
}

/** Loading, and how much longer the first step took than the others. */
function ofReference(measured: Measured): Swap {
  const { moments } = measured;
  const [imported, loaded, run, first] = ['imported', 'loaded', 'run', 'step'].map((name) =>
    moments.find(({ what }) => what === name)!,
  );
  const usual = stepCost(measured);
  return {
    seconds: loaded!.seconds - imported!.seconds + first!.seconds - run!.seconds - usual.seconds,
    cpu: loaded!.cpu - imported!.cpu + first!.cpu - run!.cpu - usual.cpu,
  };
}

function row(subject: string, system: string, { seconds, cpu }: Swap, read: number | null): Report['rows'][number] {
  return { subject, system, 'swap s': seconds, 'swap CPU s': cpu, 'reading the file s': read };
}

function ofReading(name: string, { seconds }: Swap, read: number): Goal {
  return goal({ name, value: seconds / read, unit: 'of reading the file', op: '<=', goal: 1.2 });
}
