import { Dpm2Sampler } from './dpm2.js';
import { ancestralSplit } from './euler-ancestral.js';
import type { SamplerOptions } from './sampler.js';
import type { SchedulerConfig } from './scheduler-config.js';

/** DPM-Solver-2 that goes down further than needed and comes back up with fresh noise, as ancestral Euler does. */
export class Dpm2AncestralSampler extends Dpm2Sampler {
  constructor(config: SchedulerConfig, steps: number, options: SamplerOptions) {
    super(config, steps, options, ancestralSplit);
  }
}
