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
  /** Others are in the repository. @default models/postcard */
  checkpoint?: string;
  work: Omit<Work, 'checkpoint' | 'threads'>;
  /** Evaluations of a step with guidance for each that is measured. */
  timesPerStep: number;
  /** Why it is measured only where it is asked for by its name. */
  onlyByName?: string;
  /** Why the reference does not draw it. */
  withoutReference?: string;
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
    onlyByName: 'it takes 16 GB of memory; --instance SDXL measures it',
  },
  {
    name: 'postcard, 4 of 128x128',
    work: {
      ...{ steps: 20, pictures: 4, runs: 2, pipeline: 'StableDiffusionPipeline', guidance: 4 },
      ...{ width: 128, height: 128, latentsOnly: false },
    },
    timesPerStep: 1,
  },
  {
    name: 'seed size, 3840x2224',
    checkpoint: 'tests/goldens/pipelines/sdxl/model',
    work: {
      ...{ steps: 20, pictures: 1, runs: 1, pipeline: 'StableDiffusionXLPipeline', guidance: 1 },
      ...{ width: 3840, height: 2224, latentsOnly: false },
    },
    timesPerStep: 1,
    withoutReference: 'a small random model says nothing of speed; this is for the memory',
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
      if (subject.onlyByName !== undefined && instance === undefined) {
        goals.push(...goalsOf(subject, null, null));
        continue;
      }
      const { checkpoint, remove } = await checkpointOf(subject);
      try {
        const work = { ...subject.work, checkpoint, threads: availableParallelism() };
        const ours = await measureEngine(work);
        rows.push(row(subject, 'atelier', ours));
        const alone = reference === undefined || subject.withoutReference !== undefined;
        const theirs = alone ? null : await measureReference(reference, work);
        if (theirs) rows.push(row(subject, 'diffusers', theirs));
        if (subject.withoutReference === undefined) goals.push(...goalsOf(subject, ours, theirs));
      } finally {
        await remove();
      }
    }
    return { rows, goals };
  },
};

async function checkpointOf({ shape, checkpoint = 'models/postcard' }: Subject) {
  if (shape === undefined) return { checkpoint: join(root, checkpoint), remove: async () => {} };
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

function goalsOf(subject: Subject, ours: Measured | null, theirs: Measured | null): Goal[] {
  const share = (name: string, bound: number, of: (measured: Measured) => number | null): Goal => {
    const [own, other] = [ours && of(ours), theirs && of(theirs)];
    const missing = theirs ? 'this system does not tell it' : 'no --reference PYTHON was given';
    const reason = ours ? missing : subject.onlyByName;
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
