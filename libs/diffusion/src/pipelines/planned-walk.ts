import { InputError } from '../errors.js';
import { createSampler } from '../samplers/registry.js';
import type { Sampler } from '../samplers/sampler.js';
import type { DiffusionModel } from './model.js';
import type { Run } from './run.js';
import { spanOf } from './span.js';

/** The sampler of a run, and which of its calls the run takes. */
export interface PlannedWalk {
  sampler: Sampler;
  /** Index of the first call. */
  first: number;
  /** Number of calls. */
  calls: number;
}

/** Plans the walk of a run. Throws InputError where no step is left of it. */
export function plannedWalk({ unetConfig }: Pick<DiffusionModel, 'unetConfig'>, run: Run): PlannedWalk {
  const { scheduler, steps, samplerOptions, part = {}, prompts } = run;
  // Models distilled with a guidance embedding spread all steps over the part of the walk that is left.
  const spread = unetConfig.time.conditionWidth !== null && part.strength !== undefined;
  const sampler = createSampler(scheduler, steps, {
    ...samplerOptions,
    ...(spread && { strength: part.strength }),
    batchSize: prompts.length,
  });
  const [first, end] = spanOf(sampler, steps, scheduler.num_train_timesteps ?? 1000, spread ? {} : part);
  if (end <= first) {
    throw new InputError('The part of the walk that the request leaves has no step; it needs more steps.');
  }
  return { sampler, first, calls: end - first };
}
