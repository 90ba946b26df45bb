/** What it takes from a request to the end of its first step, in an engine that may have other networks loaded. */
import type { Engine } from '@atelier/diffusion';
import { processorSeconds } from './process-watch.js';
import { PROMPT, SEED, type Cost } from './work.js';

export interface FirstStep {
  checkpoint: string;
  width: number;
  height: number;
  loras?: { path: string; weight: number }[];
}

/** Runs the first step of a picture without guidance, and ends the run there. */
export async function toFirstStep(engine: Engine, { checkpoint, width, height, loras = [] }: FirstStep): Promise<Cost> {
  const stop = new AbortController();
  const [begin, cpu] = [performance.now(), processorSeconds(engine.pid)];
  let cost: Cost | undefined;
  const pictures = [{ prompt: PROMPT, seed: SEED }];
  const rendered = engine.render(
    { checkpoint, loras, width, height, steps: 2, guidanceScale: 1, pictures },
    {
      signal: stop.signal,
      onProgress: ({ stage, step }) => {
        if (stage !== 'denoise' || step !== 1 || cost) return;
        cost = { seconds: (performance.now() - begin) / 1000, cpu: processorSeconds(engine.pid) - cpu };
        stop.abort();
      },
    },
  );
  const failure = await rendered.then(
    () => undefined,
    (error: Error) => error,
  );
  if (!cost) throw failure ?? new Error('The run had no step.');
  return cost;
}
