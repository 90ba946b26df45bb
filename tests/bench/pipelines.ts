/** Time and memory of what draws more than a picture: clips, upscalers, restorers of faces, in their published sizes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEngine, type RenderRequest } from '@atelier/diffusion';
import {
  SHAPES,
  writeRandomCheckpoint,
  writeRandomFaceRestorer,
  writeRandomMotion,
  writeRandomUpscaler,
} from '@atelier/diffusion/testing';
import { root } from '../support/farm.js';
import { processorSeconds, watchMemory } from './engine/process-watch.js';
import { PROMPT, SEED } from './engine/work.js';
import { goal, type Benchmark, type Goal, type Report } from './harness.js';

/** What is drawn, and the same without what is measured; its checkpoint's weights are written before. */
interface Subject {
  name: string;
  /** Most memory that it may take, GB. */
  most: number;
  prepare(folder: string): Promise<{ request: Partial<RenderRequest>; without?: Partial<RenderRequest> }>;
  /** Processor seconds of decoding after which a run is ended: what follows takes as much memory again and again. */
  decodes?: number;
}

const postcard = { checkpoint: join(root, 'models/postcard'), width: 512, height: 512 };

const SUBJECTS: readonly Subject[] = [
  {
    name: 'AnimateDiff, SD 1.5, 16 frames of 512x512, one step',
    most: 8,
    prepare: async (folder) => {
      const [checkpoint, motion] = [join(folder, 'checkpoint'), join(folder, 'motion')];
      await writeRandomCheckpoint(checkpoint, SHAPES['sd1.5']);
      await writeRandomMotion(motion);
      return { request: { checkpoint, width: 512, height: 512, frames: { motion, count: 16 } } };
    },
    decodes: 60,
  },
  {
    name: 'Real-ESRGAN x4, 512x512 to 2048x2048',
    most: 4,
    prepare: async (folder) => {
      const path = join(folder, 'upscaler.safetensors');
      await writeRandomUpscaler(path);
      return { request: { ...postcard, upscale: { path } }, without: postcard };
    },
  },
  {
    name: 'GFPGAN, a face of 512x512',
    most: 4,
    prepare: async (folder) => {
      const path = join(folder, 'gfpgan.safetensors');
      await writeRandomFaceRestorer(path);
      return { request: { ...postcard, faces: { path } }, without: postcard };
    },
  },
];

export const pipelines: Benchmark = {
  name: 'pipelines',
  about: 'time and memory of clips, upscalers and restorers of faces (--instance NAME for one of them)',
  async run({ instance }) {
    const rows: Report['rows'] = [];
    const goals: Goal[] = [];
    for (const subject of SUBJECTS.filter(({ name }) => name.startsWith(instance ?? ''))) {
      const folder = await mkdtemp(join(tmpdir(), 'atelier-bench-'));
      try {
        const { request, without } = await subject.prepare(folder);
        const own = await measure(request, subject.decodes);
        const plain = without && (await measure(without));
        const cpu = own.cpu - (plain?.cpu ?? 0);
        rows.push({
          subject: subject.name,
          'CPU s': cpu.toPrecision(3),
          'a step CPU s': plain ? null : own.step.toPrecision(3),
          'peak GB': own.peak && (own.peak / 1e9).toPrecision(3),
          'of it private GB': own.peakPrivate && (own.peakPrivate / 1e9).toPrecision(3),
        });
        goals.push(
          goal({
            name: `${subject.name}: peak memory`,
            ...{ value: own.peak && own.peak / 1e9, unit: 'GB', op: '<=', goal: subject.most },
            ...(own.peak === null && { reason: 'this system does not tell it' }),
          }),
        );
      } finally {
        await rm(folder, { recursive: true });
      }
    }
    return { rows, goals };
  },
};

/** One run in a process of its own: processor seconds of all and of the step, and its most memory. */
async function measure(request: Partial<RenderRequest>, decodes = Infinity) {
  const engine = await startEngine({ provider: 'cpu', threads: availableParallelism() });
  const memory = watchMemory(engine.pid);
  const stop = new AbortController();
  let [begun, stepped] = [NaN, NaN];
  let watching: NodeJS.Timeout | undefined;
  const onProgress = ({ stage, step }: { stage: string; step: number }) => {
    const now = processorSeconds(engine.pid);
    if (stage === 'denoise' && step === 0) begun = now;
    if (stage === 'denoise' && step === 1 && Number.isNaN(stepped)) stepped = now;
    if (stage !== 'decode' || watching) return;
    watching = setInterval(() => {
      if (processorSeconds(engine.pid) - now > decodes) stop.abort();
    }, 500);
  };
  try {
    await engine
      .render(
        {
          ...{
            checkpoint: '',
            steps: 1,
            guidanceScale: 7.5,
            pictures: [{ prompt: PROMPT, negativePrompt: '', seed: SEED }],
          },
          ...request,
        },
        { onProgress, signal: stop.signal },
      )
      .catch((error: unknown) => {
        if (!stop.signal.aborted) throw error;
      });
    return { cpu: processorSeconds(engine.pid), step: stepped - begun, ...memory() };
  } finally {
    clearInterval(watching);
    memory();
    engine.kill();
    await engine.exited;
  }
}
