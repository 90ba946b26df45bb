import { InputError, show } from '../errors.js';

/** How the noise variance grows over the training timesteps. */
export type BetaSchedule = 'linear' | 'scaled_linear' | 'squaredcos_cap_v2' | 'exp' | 'laplace' | 'sigmoid';
/** What the model's output means. */
export type PredictionType = 'epsilon' | 'sample' | 'v_prediction';
/** How a run's timesteps are spread over the training timesteps. */
export type TimestepSpacing = 'linspace' | 'leading' | 'trailing';

/**
 * A checkpoint's `scheduler/scheduler_config.json`, under diffusers' names. Every class reads the settings that it
 * knows, fills in its own defaults, and passes over the rest.
 */
export interface SchedulerConfig {
  /** Class of the method, such as `DDIMScheduler`. */
  _class_name: string;
  num_train_timesteps?: number;
  beta_start?: number;
  beta_end?: number;
  beta_schedule?: string;
  trained_betas?: readonly number[] | null;
  rescale_betas_zero_snr?: boolean;
  prediction_type?: string;
  timestep_spacing?: string;
  steps_offset?: number;
  set_alpha_to_one?: boolean;
  clip_sample?: boolean;
  clip_sample_range?: number;
  thresholding?: boolean;
  dynamic_thresholding_ratio?: number;
  sample_max_value?: number;
  use_karras_sigmas?: boolean | null;
  use_exponential_sigmas?: boolean | null;
  use_beta_sigmas?: boolean | null;
  use_lu_lambdas?: boolean | null;
  sigma_min?: number | null;
  sigma_max?: number | null;
  final_sigmas_type?: string;
  interpolation_type?: string;
  timestep_type?: string;
  variance_type?: string | null;
  skip_prk_steps?: boolean;
  solver_order?: number;
  solver_type?: string;
  algorithm_type?: string;
  lower_order_final?: boolean;
  euler_at_final?: boolean;
  lambda_min_clipped?: number | '-inf';
  predict_x0?: boolean;
  disable_corrector?: readonly number[];
  original_inference_steps?: number;
  timestep_scaling?: number;
  [setting: string]: unknown;
}

/**
 * Reads a `scheduler_config.json`. Python writes an unbounded `lambda_min_clipped` as a bare `-Infinity`, which is not
 * JSON, so that word is accepted too.
 *
 * @param source what to call the text in an error
 */
export function parseSchedulerConfig(text: string, source = 'scheduler_config.json'): SchedulerConfig {
  let config: unknown;
  try {
    config = JSON.parse(text.replace(/:\s*-Infinity\b/g, ': "-inf"'));
  } catch {
    throw new InputError(`${source} is not JSON.`);
  }
  if (typeof config !== 'object' || config === null || !('_class_name' in config)) {
    throw new InputError(`${source} does not name a scheduler class in "_class_name".`);
  }
  if (!word.is(config._class_name)) {
    throw new InputError(`${source} has a "_class_name" that is not a word.`);
  }
  for (const [name, value] of Object.entries(config)) checkSetting(name, value, source);
  return config as SchedulerConfig;
}

interface Check {
  allowed: string;
  is(value: unknown): boolean;
}

/** A thousand timesteps are usual; their noise levels are computed and kept for each run. */
const MAX_TIMESTEPS = 100_000;

const isWhole = (value: unknown, least: number, most: number) =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
const whole = (least: number, most: number): Check => ({
  allowed: `a whole number from ${least} to ${most}`,
  is: (value) => isWhole(value, least, most),
});
const finite: Check = { allowed: 'a number', is: Number.isFinite };
const flag: Check = { allowed: 'true or false', is: (value) => typeof value === 'boolean' };
const word: Check = { allowed: 'a word', is: (value) => typeof value === 'string' && value.length <= 100 };
const listOf = (element: Check, most: number): Check => ({
  allowed: `a list of at most ${most} elements, each ${element.allowed}`,
  is: (value) => Array.isArray(value) && value.length <= most && value.every(element.is),
});

/** What each setting may be; null is as good as absent. */
const CHECKS: Readonly<Record<string, Check>> = {
  num_train_timesteps: whole(1, MAX_TIMESTEPS),
  beta_start: finite,
  beta_end: finite,
  beta_schedule: word,
  trained_betas: listOf(finite, MAX_TIMESTEPS),
  rescale_betas_zero_snr: flag,
  prediction_type: word,
  timestep_spacing: word,
  steps_offset: whole(-MAX_TIMESTEPS, MAX_TIMESTEPS),
  set_alpha_to_one: flag,
  clip_sample: flag,
  clip_sample_range: finite,
  thresholding: flag,
  dynamic_thresholding_ratio: finite,
  sample_max_value: finite,
  use_karras_sigmas: flag,
  use_exponential_sigmas: flag,
  use_beta_sigmas: flag,
  use_lu_lambdas: flag,
  sigma_min: finite,
  sigma_max: finite,
  final_sigmas_type: word,
  interpolation_type: word,
  timestep_type: word,
  variance_type: word,
  skip_prk_steps: flag,
  solver_order: whole(1, 10),
  solver_type: word,
  algorithm_type: word,
  lower_order_final: flag,
  euler_at_final: flag,
  lambda_min_clipped: { allowed: 'a number or -Infinity', is: (value) => value === '-inf' || Number.isFinite(value) },
  predict_x0: flag,
  disable_corrector: listOf(whole(0, MAX_TIMESTEPS), MAX_TIMESTEPS),
  original_inference_steps: whole(1, MAX_TIMESTEPS),
  timestep_scaling: finite,
};

function checkSetting(name: string, value: unknown, source: string): void {
  const check = Object.hasOwn(CHECKS, name) ? CHECKS[name] : undefined;
  if (!check || value === null || check.is(value)) return;
  throw new InputError(`${source} has "${name}" ${show(value)}; it takes ${check.allowed}.`);
}
