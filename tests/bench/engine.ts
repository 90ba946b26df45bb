/** The engine beside diffusers, on this machine's processor: the same checkpoints, threads and steps. */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { SHAPES, writeRandomCheckpoint, type ShapeName } from '@atelier/diffusion/testing';
import { root } from '../support/farm.js';
import { measureEngine } from './engine/ours.js';
import { measureReference } from './engine/peer.js';
import { decodeCost, firstStepCost, runCost, stepCost, type Measured, type Work } from './engine/work.js';
import { goal, type Benchmark, type Goal, type Report } from './harness.js';

interface Subject {
  name: string;
  /** Full-size checkpoints are written by the benchmark, with random weights. */
  shape?: ShapeName;
  work: Omit<Work, 'checkpoint' | 'threads'>;
  /** Evaluations of a step with guidance for each that is measured. */
  timesPerStep: number;
}

const FULL = { steps: 3, pictures: 1, runs: 1 };
const SUBJECTS: readonly Subject[] = [
  {
    name: 'SD 1.5, 512x512',
    shape: 'sd1.5',
    work: {
      ...{ ...FULL, pipeline: 'StableDiffusionPipeline', guidance: 7.5 },
      ...{ width: 512, height: 512, latentsOnly: false },
    },
    timesPerStep: 1,
  },
  {
    name: 'SDXL, 1024x1024',
    shape: 'sdxl',
    work: {
      ...{ ...FULL, steps: 2, pipeline: 'StableDiffusionXLPipeline', guidance: 1 },
      ...{ width: 1024, height: 1024, latentsOnly: true },
    },
    timesPerStep: 2,
  },
  {
    name: 'postcard, 4 of 128x128',
    work: {
      ...{ steps: 20, pictures: 4, runs: 2, pipeline: 'StableDiffusionPipeline', guidance: 4 },
      ...{ width: 128, height: 128, latentsOnly: false },
    },
    timesPerStep: 1,
  },
];

/** Steps of the picture that a full-size checkpoint is told to take. */
const USUAL_STEPS = 20;

export const engine: Benchmark = {
  name: 'engine',
  about: 'seconds a step and memory beside diffusers (--reference PYTHON; --instance NAME for one subject)',
  async run({ reference, instance }) {
    const rows: Report['rows'] = [];
    const goals: Goal[] = [];
    for (const subject of SUBJECTS.filter(({ name }) => name.startsWith(instance ?? ''))) {
      const { checkpoint, remove } = await checkpointOf(subject);
      try {
        const work = { ...subject.work, checkpoint, threads: availableParallelism() };
        const ours = await measureEngine(work);
        rows.push(row(subject, 'atelier', ours));
        const theirs = reference === undefined ? null : await measureReference(reference, work);
        if (theirs) rows.push(row(subject, 'diffusers', theirs));
        goals.push(...goalsOf(subject, ours, theirs));
      } finally {
        await remove();
      }
    }
    return { rows, goals };
  },
};

async function checkpointOf({ shape }: Subject) {
  if (shape === undefined) return { checkpoint: join(root, 'models/postcard'), remove: async () => {} };
  const folder = await mkdtemp(join(tmpdir(), 'atelier-bench-'));
  await writeRandomCheckpoint(folder, SHAPES[shape]);
  return { checkpoint: folder, remove: () => rm(folder, { recursive: true }) };
}

/** Processor seconds and seconds; what was not measured but reckoned is marked by `~`. */
function row(subject: Subject, system: string, measured: Measured): Report['rows'][number] {
  const { timesPerStep, work } = subject;
  const mark = timesPerStep === 1 ? '' : '~';
  const [step, decode] = [stepCost(measured), decodeCost(measured)];
  const whole = work.runs > 1 ? runCost(measured) : null;
  const reckoned = decode && USUAL_STEPS * timesPerStep * step.cpu + decode.cpu;
  const number = (value: number | null | undefined, prefix = '') =>
    value === null || value === undefined ? null : `${prefix}${value.toPrecision(3)}`;
  return {
    subject: subject.name,
    system: `${system} ${measured.version}`,
    'to the first step s': number(firstStepCost(measured).seconds),
    'step CPU s': number(step.cpu * timesPerStep, mark),
    'step s': number(step.seconds * timesPerStep, mark),
    'decode CPU s': number(decode?.cpu),
    'pictures CPU s': whole ? number(whole.cpu) : number(reckoned, '~'),
    'peak GB': number(measured.peak && measured.peak / 1e9),
    'of it private GB': number(measured.peakPrivate && measured.peakPrivate / 1e9),
  };
}

function goalsOf(subject: Subject, ours: Measured, theirs: Measured | null): Goal[] {
  const share = (name: string, bound: number, of: (measured: Measured) => number | null): Goal => {
    const [own, other] = [of(ours), theirs && of(theirs)];
    const reason = theirs ? 'this system does not tell it' : 'no --reference PYTHON was given';
    const known = own !== null && other !== null;
    return goal({
      name: `${subject.name}: ${name}`,
      ...{ value: known ? own / other : null, unit: 'of the reference', op: '<=', goal: bound, reason },
      peer: { name: 'diffusers', version: theirs?.version ?? null, value: known ? 1 : null, reason },
    });
  };
  const time = subject.work.runs > 1 ? runCost : stepCost;
  return [
    share(subject.work.runs > 1 ? 'processor time of pictures' : 'processor time of a step', 0.8, (m) => time(m).cpu),
    share('peak memory', 0.6, ({ peak }) => peak),
    share('peak private memory', 0.6, ({ peakPrivate }) => peakPrivate),
  ];
}
