import { InputError } from '../errors.js';

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
  if (typeof config._class_name !== 'string') {
    throw new InputError(`${source} has a "_class_name" that is not a text.`);
  }
  return config as SchedulerConfig;
}
