import { InputError } from '../errors.js';
import { DdimSampler } from './ddim.js';
import type { Sampler, SamplerFactory, SamplerOptions } from './sampler.js';
import type { SchedulerConfig } from './scheduler-config.js';

interface SamplerEntry {
  /** AUTOMATIC1111's label. */
  label: string;
  /** diffusers' class. */
  className: string;
  /** Settings that tell this method from others of its class. */
  settings?: Partial<SchedulerConfig>;
  /** Whether the noise levels may follow another schedule than the training's. */
  schedules?: boolean;
  create: SamplerFactory;
}

/** Every sampler under its name in batches: one line each. */
const SAMPLERS = {
  ddim: { label: 'DDIM', className: 'DDIMScheduler', create: (...args) => new DdimSampler(...args) },
} as const satisfies Record<string, SamplerEntry>;

export type SamplerName = keyof typeof SAMPLERS;
export const samplerNames = Object.keys(SAMPLERS) as SamplerName[];

/** Spacing of the noise levels: as in training, or Karras et al. 2022, or evenly in their logarithm. */
export type NoiseLevelSchedule = 'normal' | 'karras' | 'exponential';

const entry = (name: SamplerName): SamplerEntry => SAMPLERS[name];

/** Makes the sampler that a scheduler configuration names, for a run of `steps` steps. */
export function createSampler(config: SchedulerConfig, steps: number, options: SamplerOptions = {}): Sampler {
  const name = samplerNames.find((name) => entry(name).className === config._class_name);
  if (!name) {
    const known = [...new Set(samplerNames.map((name) => entry(name).className))].join(', ');
    throw new InputError(`Scheduler class "${config._class_name}" is not known; known are ${known}.`);
  }
  return entry(name).create(config, steps, options);
}

/**
 * The configuration to run with: the checkpoint's own where no sampler is named; else its class is replaced and its
 * other settings are kept, so that what the model was trained with stays.
 */
export function samplerConfig(
  base: SchedulerConfig,
  name?: SamplerName,
  schedule?: NoiseLevelSchedule,
): SchedulerConfig {
  const config = name ? { ...base, _class_name: entry(name).className, ...entry(name).settings } : { ...base };
  if (!schedule) return config;
  const flexible = samplerNames.filter((name) => entry(name).schedules);
  if (schedule !== 'normal' && !flexible.some((name) => entry(name).className === config._class_name)) {
    throw new InputError(
      `${config._class_name} has no ${schedule} schedule; samplers with one are ${flexible.join(', ')}.`,
    );
  }
  return {
    ...config,
    use_karras_sigmas: schedule === 'karras',
    use_exponential_sigmas: schedule === 'exponential',
    use_beta_sigmas: false,
    use_lu_lambdas: false,
  };
}
