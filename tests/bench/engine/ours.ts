/** Draws with the engine, in a process of its own as on a farm. */
import { ENGINE_BUILD, startEngine } from '@atelier/diffusion';
import { processorSeconds, watchMemory } from './process-watch.js';
import { PROMPT, SEED, type Measured, type Moment, type Work } from './work.js';

export async function measureEngine(work: Work): Promise<Measured> {
  const begin = performance.now();
  const engine = await startEngine({ provider: 'cpu', threads: work.threads });
  const memory = watchMemory(engine.pid);
  const moments: Moment[] = [];
  const tell = (what: Moment['what']) =>
    moments.push({ what, seconds: (performance.now() - begin) / 1000, cpu: processorSeconds(engine.pid) });
  tell('loaded');
  try {
    for (let run = 0; run < work.runs; run++) {
      tell('run');
      const stop = new AbortController();
      const onProgress = ({ stage, step, steps }: { stage: string; step: number; steps: number }) => {
        if (stage !== 'denoise' || step === 0 || countOf(moments) >= step) return;
        tell('step');
        if (work.latentsOnly && step === steps) stop.abort();
      };
      const rendered = engine.render(
        {
          checkpoint: work.checkpoint,
          ...{ width: work.width, height: work.height, steps: work.steps, guidanceScale: work.guidance },
          pictures: Array.from({ length: work.pictures }, (_, i) => ({
            prompt: PROMPT,
            negativePrompt: '',
            seed: SEED + i,
          })),
        },
        { onProgress, signal: stop.signal },
      );
      if (work.latentsOnly) await rendered.catch(() => {});
      else {
        await rendered;
        tell('picture');
      }
    }
    return { version: ENGINE_BUILD, moments, ...memory() };
  } finally {
    memory();
    engine.kill();
    await engine.exited;
  }
}

/** Steps that were told of the present run. */
function countOf(moments: readonly Moment[]): number {
  return moments.length - 1 - moments.findLastIndex(({ what }) => what === 'run');
}
