import { elementsOf } from '../checkpoint/weight-files.js';
import { memoryOfRun, type DrawnSize } from '../networks/run-memory.js';
import { EngineError } from '../runtime/engine-error.js';
import type { ControlNetwork } from './control-network.js';
import type { DiffusionModel } from './model.js';
import type { Run } from './run.js';
import type { EngineDevice } from './types.js';

/** What takes part in a run beside its model. */
export interface Beside {
  networks?: readonly ControlNetwork[];
  /** Frames of a clip, which are drawn together, without its prompt and with it by turns. */
  frames?: number;
}

/** Refuses a run before it starts that cannot fit the memory of its device. Throws EngineError. */
export function refuseTooLarge(
  model: DiffusionModel,
  run: Run,
  { memoryBytes }: Pick<EngineDevice, 'memoryBytes'>,
  { networks = [], frames }: Beside = {},
): void {
  const drawn = drawnSize(model, run, frames);
  const more = networks.reduce((sum, { weights }) => sum + elementsOf(weights), 0);
  const needed = memoryOfRun(model.footprint, drawn, model.runtime[1].precision, more);
  if (needed <= memoryBytes) return;
  const size = `${drawn.width}x${drawn.height}`;
  const several = run.prompts.length > 1;
  const one = frames === undefined ? `a picture of ${size}` : `a clip of ${frames} frames of ${size}`;
  const what = several && frames === undefined ? `${run.prompts.length} pictures of ${size} at once` : one;
  const less = frames === undefined ? (several ? ' or fewer pictures at once' : '') : ' or fewer frames';
  throw new EngineError(
    'out_of_memory',
    `${what} by this checkpoint would take about ${gigabytes(needed)} of memory, and the engine may use ${gigabytes(memoryBytes)} here: ask for a smaller size${less}`,
  );
}

function drawnSize({ description }: DiffusionModel, run: Run, frames?: number): DrawnSize {
  const { sizeMultiple, purpose } = description;
  const edited = purpose === 'editing';
  const views = run.guidanceScale > 1 && frames === undefined ? (edited ? 3 : 2) : 1;
  return {
    width: run.latentWidth * sizeMultiple,
    height: run.latentHeight * sizeMultiple,
    ...{ pictures: frames ?? run.prompts.length, views, moving: frames !== undefined },
    encodes: edited || run.start?.picture !== undefined,
    ...(run.vaeTiling !== undefined && { tiled: run.vaeTiling }),
  };
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
