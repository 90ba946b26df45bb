import { InputError } from '../errors.js';
import { DdimSampler } from './ddim.js';
import { DdpmSampler } from './ddpm.js';
import { DeisSampler } from './deis.js';
import { Dpm2AncestralSampler } from './dpm2-ancestral.js';
import { Dpm2Sampler } from './dpm2.js';
import { DpmSolverMultistepSampler } from './dpm-solver-multistep.js';
import { DpmSolverSdeSampler } from './dpm-solver-sde.js';
import { DpmSolverSinglestepSampler } from './dpm-solver-singlestep.js';
import { EulerAncestralSampler } from './euler-ancestral.js';
import { EulerSampler } from './euler.js';
import { HeunSampler } from './heun.js';
import { LcmSampler } from './lcm.js';
import { LmsSampler } from './lms.js';
import { PndmSampler } from './pndm.js';
import type { Sampler, SamplerOptions } from './sampler.js';
import type { SchedulerConfig } from './scheduler-config.js';
import { TcdSampler } from './tcd.js';
import { UniPcSampler } from './unipc.js';

interface SamplerEntry {
  /** AUTOMATIC1111's label. */
  label: string;
  /** diffusers' class. */
  className: string;
  create: new (config: SchedulerConfig, steps: number, options: SamplerOptions) => Sampler;
  /** Whether the noise levels may follow another schedule than training's. */
  schedules: boolean;
  /** Settings that tell this method from others of its class. */
  settings?: Partial<SchedulerConfig>;
}

const ODE = { algorithm_type: 'dpmsolver++', solver_order: 2 };
const SDE = { algorithm_type: 'sde-dpmsolver++', solver_order: 2 };

/** Every sampler under its name in batches: one line each. */
// prettier-ignore
const SAMPLERS = {
  ddim: { label: 'DDIM', className: 'DDIMScheduler', create: DdimSampler, schedules: false },
  ddpm: { label: 'DDPM', className: 'DDPMScheduler', create: DdpmSampler, schedules: false },
  pndm: { label: 'PNDM', className: 'PNDMScheduler', create: PndmSampler, schedules: false },
  lms: { label: 'LMS', className: 'LMSDiscreteScheduler', create: LmsSampler, schedules: true },
  euler: { label: 'Euler', className: 'EulerDiscreteScheduler', create: EulerSampler, schedules: true },
  euler_a: { label: 'Euler a', className: 'EulerAncestralDiscreteScheduler', create: EulerAncestralSampler, schedules: false },
  heun: { label: 'Heun', className: 'HeunDiscreteScheduler', create: HeunSampler, schedules: true },
  dpm2: { label: 'DPM2', className: 'KDPM2DiscreteScheduler', create: Dpm2Sampler, schedules: true },
  dpm2_a: { label: 'DPM2 a', className: 'KDPM2AncestralDiscreteScheduler', create: Dpm2AncestralSampler, schedules: true },
  dpmpp_2m: { label: 'DPM++ 2M', className: 'DPMSolverMultistepScheduler', create: DpmSolverMultistepSampler, schedules: true, settings: ODE },
  dpmpp_2m_sde: { label: 'DPM++ 2M SDE', className: 'DPMSolverMultistepScheduler', create: DpmSolverMultistepSampler, schedules: true, settings: SDE },
  dpmpp_2s: { label: 'DPM++ 2S', className: 'DPMSolverSinglestepScheduler', create: DpmSolverSinglestepSampler, schedules: true, settings: ODE },
  dpmpp_sde: { label: 'DPM++ SDE', className: 'DPMSolverSDEScheduler', create: DpmSolverSdeSampler, schedules: true },
  unipc: { label: 'UniPC', className: 'UniPCMultistepScheduler', create: UniPcSampler, schedules: true },
  deis: { label: 'DEIS', className: 'DEISMultistepScheduler', create: DeisSampler, schedules: true },
  lcm: { label: 'LCM', className: 'LCMScheduler', create: LcmSampler, schedules: false },
  tcd: { label: 'TCD', className: 'TCDScheduler', create: TcdSampler, schedules: false },
} as const satisfies Record<string, SamplerEntry>;

/** The name of a sampler in batches and on the command line. */
export type SamplerName = keyof typeof SAMPLERS;
export const samplerNames = Object.keys(SAMPLERS) as SamplerName[];

const samplerEntry = (name: SamplerName): SamplerEntry => SAMPLERS[name];

/** Spacing of the noise levels: as in training, or Karras et al. 2022, or evenly in their logarithm. */
export const noiseLevelSchedules = ['normal', 'karras', 'exponential'] as const;
export type NoiseLevelSchedule = (typeof noiseLevelSchedules)[number];

/** A sampler as somebody asked for it. */
export interface SamplerChoice {
  name: SamplerName;
  /** The schedule that the name carries, such as that of `dpmpp_2m_karras`. */
  schedule?: NoiseLevelSchedule;
  /** Settings that the name carries beside those of the sampler. */
  settings?: Partial<SchedulerConfig>;
}

/** Makes the sampler that a scheduler configuration names, for a run of `steps` steps. */
export function createSampler(config: SchedulerConfig, steps: number, options: SamplerOptions = {}): Sampler {
  const entry = samplerNames.map(samplerEntry).find(({ className }) => className === config._class_name);
  if (!entry) {
    const known = [...new Set(samplerNames.map((name) => samplerEntry(name).className))].join(', ');
    throw new InputError(`Scheduler class "${config._class_name}" is not known; known are ${known}.`);
  }
  refuseOwnLevels(entry, options);
  return new entry.create(config, steps, options);
}

/** Methods that reckon with even steps cannot take own timesteps, and only Euler takes own noise levels. */
function refuseOwnLevels({ className, create }: SamplerEntry, { timesteps, sigmas }: SamplerOptions): void {
  if (timesteps && ([DdimSampler, PndmSampler] as unknown[]).includes(create)) {
    throw new InputError(`${className} cannot walk over own timesteps.`);
  }
  if (sigmas && create !== EulerSampler) throw new InputError(`${className} cannot walk over own noise levels.`);
}

/**
 * The configuration to run with: the checkpoint's own where no sampler is named; else its class is replaced and its
 * other settings are kept, so that what the model was trained with stays.
 *
 * @param sampler a name, or what `parseSamplerName` made of one
 * @param schedule overrides the schedule that the name carries
 */
export function samplerConfig(
  base: SchedulerConfig,
  sampler?: SamplerName | SamplerChoice,
  schedule?: NoiseLevelSchedule,
): SchedulerConfig {
  const choice = typeof sampler === 'string' ? { name: sampler } : sampler;
  const config = choice ? replaceClass(base, choice) : { ...base };
  const wanted = schedule ?? choice?.schedule;
  return wanted ? { ...config, ...scheduleSettings(config, wanted) } : config;
}

function replaceClass(base: SchedulerConfig, { name, settings }: SamplerChoice): SchedulerConfig {
  const entry = samplerEntry(name);
  return { ...base, _class_name: entry.className, ...entry.settings, ...settings };
}

function scheduleSettings(config: SchedulerConfig, schedule: NoiseLevelSchedule): Partial<SchedulerConfig> {
  const flexible = samplerNames.filter((name) => samplerEntry(name).schedules);
  if (schedule !== 'normal' && !flexible.some((name) => samplerEntry(name).className === config._class_name)) {
    throw new InputError(
      `${config._class_name} has no ${schedule} schedule; samplers that have one are ${flexible.join(', ')}.`,
    );
  }
  return {
    use_karras_sigmas: schedule === 'karras',
    use_exponential_sigmas: schedule === 'exponential',
    use_beta_sigmas: false,
    use_lu_lambdas: false,
  };
}
