import { InputError } from '../errors.js';
import type { Point } from './log-snr.js';
import type { SchedulerConfig } from './scheduler-config.js';

/** Which form of the diffusion equation is solved: ++ works on the predicted clean sample, the others on the noise. */
export type Algorithm = 'dpmsolver' | 'dpmsolver++' | 'sde-dpmsolver' | 'sde-dpmsolver++';
/** How a second-order step weighs the slope of the prediction. */
export type SolverType = 'midpoint' | 'heun';

export interface DpmSolverSettings {
  algorithm: Algorithm;
  solverType: SolverType;
  /** Highest order of a step, 1 to 3. */
  order: number;
}

/**
 * The DPM-Solver settings of a configuration. Those that other solvers write into the same fields stand for the
 * defaults, so that a checkpoint's sampler can be replaced.
 */
export function dpmSolverSettings(config: SchedulerConfig, allowed: readonly Algorithm[]): DpmSolverSettings {
  const { algorithm_type = 'dpmsolver++', solver_type = 'midpoint', solver_order: order = 2 } = config;
  const algorithm = (algorithm_type === 'deis' ? 'dpmsolver++' : algorithm_type) as Algorithm;
  const solverType = (['logrho', 'bh1', 'bh2'].includes(solver_type) ? 'midpoint' : solver_type) as SolverType;
  if (!allowed.includes(algorithm)) {
    throw new InputError(`${config._class_name} has no algorithm "${algorithm}"; allowed are ${allowed.join(', ')}.`);
  }
  if (solverType !== 'midpoint' && solverType !== 'heun') {
    throw new InputError(`Solver type "${solver_type}" is not known; allowed are "midpoint" and "heun".`);
  }
  if (![1, 2, 3].includes(order) || (order === 3 && algorithm === 'sde-dpmsolver')) {
    throw new InputError(`${config._class_name} cannot solve with order ${order} and algorithm "${algorithm}".`);
  }
  if (!isDataPrediction(algorithm) && (config.final_sigmas_type ?? 'zero') === 'zero') {
    throw new InputError(`Algorithm "${algorithm}" cannot end at no noise; set final_sigmas_type to "sigma_min".`);
  }
  return { algorithm, solverType, order };
}

/** Whether an algorithm works on predicted clean samples. */
export function isDataPrediction(algorithm: Algorithm): boolean {
  return algorithm === 'dpmsolver++' || algorithm === 'sde-dpmsolver++';
}

/** Whether an algorithm adds noise in every step. */
export function isStochastic(algorithm: Algorithm): boolean {
  return algorithm === 'sde-dpmsolver' || algorithm === 'sde-dpmsolver++';
}

/**
 * Factors of one step: x_t = sample * x_s + d0 * D0 + d1 * D1 + d2 * D2 + noise * z, where D0, D1 and D2 are the
 * prediction at s and its first and second derivative over the step's length in lambda.
 */
export interface StepFactors {
  sample: number;
  d0: number;
  d1: number;
  d2: number;
  noise: number;
}

/**
 * The exact integrals of the exponentially weighted Taylor terms: Lu et al. 2022, arXiv:2206.00927, proposition 3.1 for
 * noise prediction, and arXiv:2211.01095, proposition 4.1 for data prediction and section 5 for the SDEs.
 */
export function stepFactors(algorithm: Algorithm, from: Point, to: Point): StepFactors {
  const h = to.lambda - from.lambda;
  switch (algorithm) {
    case 'dpmsolver++': {
      const decay = Math.expm1(-h);
      return {
        sample: to.sigma / from.sigma,
        d0: -to.alpha * decay,
        d1: to.alpha * (decay / h + 1),
        d2: -to.alpha * ((decay + h) / h ** 2 - 0.5),
        noise: 0,
      };
    }
    case 'dpmsolver': {
      const growth = Math.expm1(h);
      return {
        sample: to.alpha / from.alpha,
        d0: -to.sigma * growth,
        d1: -to.sigma * (growth / h - 1),
        d2: -to.sigma * ((growth - h) / h ** 2 - 0.5),
        noise: 0,
      };
    }
    case 'sde-dpmsolver++': {
      const decay = Math.expm1(-2 * h);
      return {
        sample: (to.sigma / from.sigma) * Math.exp(-h),
        d0: -to.alpha * decay,
        d1: to.alpha * (decay / (2 * h) + 1),
        d2: -to.alpha * ((decay + 2 * h) / (2 * h) ** 2 + 0.5),
        noise: to.sigma * Math.sqrt(-decay),
      };
    }
    case 'sde-dpmsolver': {
      const growth = Math.expm1(h);
      return {
        sample: to.alpha / from.alpha,
        d0: -2 * to.sigma * growth,
        d1: -2 * to.sigma * (growth / h - 1),
        d2: 0,
        noise: to.sigma * Math.sqrt(Math.expm1(2 * h)),
      };
    }
  }
}
