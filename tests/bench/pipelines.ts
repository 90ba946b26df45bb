/** Time and memory of every pipeline of the engine, each in a process of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEngine, type RenderProgress } from '@atelier/diffusion';
import { processorSeconds, watchMemory, type Taken } from './engine/process-watch.js';
import { PROMPT, SEED } from './engine/work.js';
import { goal, type Benchmark, type Goal, type Report } from './harness.js';
import { SUBJECTS, type Asked, type Subject } from './pipelines/subjects.js';

export const pipelines: Benchmark = {
  name: 'pipelines',
  about: 'time and memory of every pipeline (--instance NAME for those whose name begins so)',
  async run({ instance }) {
    const wanted = SUBJECTS.filter(({ name }) => name.startsWith(instance ?? ''));
    if (wanted.length === 0) {
      throw new Error(
        `No pipeline begins with "${instance}": there are ${SUBJECTS.map(({ name }) => name).join('; ')}.`,
      );
    }
    const rows: Report['rows'] = [];
    const goals: Goal[] = [];
    for (const subject of wanted) {
      const folder = await mkdtemp(join(tmpdir(), 'atelier-bench-'));
      try {
        const { request, without } = await subject.prepare(folder);
        const own = await measure(request, subject);
        const plain = without && (await measure(without, {}));
        rows.push(row(subject, own, plain));
        if (subject.most !== undefined) goals.push(memoryGoal(subject, own, subject.most));
      } finally {
        await rm(folder, { recursive: true });
      }
    }
    return { rows, goals };
  },
};

interface Cost extends Taken {
  /** Processor seconds of the whole process, with loading. */
  cpu: number;
  /** Of a step: the median of those that are not the first one, which may load its networks. */
  step: number | null;
}

function row({ name, weights }: Subject, own: Cost, plain: Cost | undefined): Report['rows'][number] {
  const number = (value: number | null) => value && value.toPrecision(3);
  return {
    ...{ pipeline: name, weights },
    'a step CPU s': plain ? null : number(own.step),
    'all CPU s': number(own.cpu - (plain?.cpu ?? 0)),
    'peak GB': number(own.peak && own.peak / 1e9),
    'of it private GB': number(own.peakPrivate && own.peakPrivate / 1e9),
  };
}

function memoryGoal({ name }: Subject, { peak }: Cost, most: number): Goal {
  return goal({
    name: `${name}: peak memory`,
    ...{ value: peak && peak / 1e9, unit: 'GB', op: '<=', goal: most },
    ...(peak === null && { reason: 'this system does not tell it' }),
  });
}

/** One run in a process of its own. */
async function measure(
  request: Asked['request'],
  { firstDecoded = false, previews = false }: Pick<Subject, 'firstDecoded' | 'previews'>,
): Promise<Cost> {
  const engine = await startEngine({ provider: 'cpu', threads: availableParallelism() });
  const memory = watchMemory(engine.pid);
  const stop = new AbortController();
  /** Processor seconds when the steps were done, with none before the first. */
  const moments: number[] = [];
  const onProgress = ({ stage, step }: RenderProgress) => {
    if (stage === 'denoise' && step === moments.length) moments.push(processorSeconds(engine.pid));
    if (firstDecoded && stage === 'decode' && step > 0) stop.abort();
  };
  const pictures = [{ prompt: PROMPT, seed: SEED }];
  const hooks = { onProgress, signal: stop.signal, ...(previews && { onPreview: () => {} }) };
  try {
    await engine.render({ ...request, pictures }, hooks).catch((error: unknown) => {
      if (!stop.signal.aborted) throw error;
    });
    return { cpu: processorSeconds(engine.pid), step: stepOf(moments), ...memory() };
  } finally {
    memory();
    engine.kill();
    await engine.exited;
  }
}

function stepOf(moments: readonly number[]): number | null {
  const steps = moments.slice(1).map((moment, i) => moment - moments[i]!);
  const settled = (steps.length > 1 ? steps.slice(1) : steps).sort((a, b) => a - b);
  return settled[settled.length >> 1] ?? null;
}
