import { combine, type Term } from '../tensor/vector.js';
import {
  dpmSolverSettings,
  isDataPrediction,
  isStochastic,
  stepFactors,
  type DpmSolverSettings,
} from './dpm-solver.js';
import { LogSnrSampler } from './log-snr.js';
import type { SamplerOptions, StepResult } from './sampler.js';
import type { SchedulerConfig } from './scheduler-config.js';

/** Below this number of steps the last ones are taken with lower order, which is steadier. */
const FEW_STEPS = 15;

/**
 * DPM-Solver and DPM-Solver++ in multistep form, and their SDE versions: Lu et al. 2022, arXiv:2211.01095, algorithm 2
 * (DPM++ 2M) and section 5. Derivatives of the prediction come from the steps before, so that a step costs one call.
 */
export class DpmSolverMultistepSampler extends LogSnrSampler {
  private readonly settings: DpmSolverSettings;

  constructor(config: SchedulerConfig, steps: number, options: SamplerOptions) {
    const lu = config.use_lu_lambdas ?? false;
    const settings = dpmSolverSettings(config, ['dpmsolver++', 'dpmsolver', 'sde-dpmsolver++', 'sde-dpmsolver']);
    // Lu's schedule is even in lambda, which is the exponential one.
    super(lu ? { ...config, use_exponential_sigmas: true } : config, steps, options, {
      zeroSnr: 'trace',
      clipsLambda: true,
      roundsTimesteps: (lu || config.use_karras_sigmas === true) && config.beta_schedule !== 'squaredcos_cap_v2',
    });
    this.settings = settings;
  }

  step(modelOutput: Float32Array, sample: Float32Array, callIndex: number, noise: () => Float32Array): StepResult {
    const { algorithm, order: highest } = this.settings;
    const isData = isDataPrediction(algorithm);
    const prediction = isData
      ? this.original(modelOutput, sample, callIndex)
      : this.noise(modelOutput, sample, callIndex);
    this.remember(prediction, highest);

    const factors = stepFactors(algorithm, this.point(callIndex), this.point(callIndex + 1));
    const terms: Term[] = [[factors.sample, sample], ...this.predictionTerms(callIndex, factors)];
    if (isStochastic(algorithm)) terms.push([factors.noise, noise()]);
    return { prevSample: combine(...terms), predOriginal: isData ? prediction : undefined };
  }

  /** The prediction and its derivatives, by finite differences of the history. */
  private predictionTerms(callIndex: number, factors: ReturnType<typeof stepFactors>): Term[] {
    const order = this.stepOrder(callIndex);
    const [m0, m1, m2] = this.history as [Float32Array, Float32Array, Float32Array];
    if (order === 1) return [[factors.d0, m0]];

    const lambda = (back: number) => this.point(callIndex - back).lambda;
    const h = lambda(-1) - lambda(0);
    const r0 = (lambda(0) - lambda(1)) / h;
    const newer = combine([1 / r0, m0], [-1 / r0, m1]);
    if (order === 2) {
      const d1 = this.settings.solverType === 'midpoint' ? factors.d0 / 2 : factors.d1;
      return [
        [factors.d0, m0],
        [d1, newer],
      ];
    }
    const r1 = (lambda(1) - lambda(2)) / h;
    const older = combine([1 / r1, m1], [-1 / r1, m2]);
    const second = combine([1 / (r0 + r1), newer], [-1 / (r0 + r1), older]);
    const first = combine([1, newer], [r0, second]);
    return [
      [factors.d0, m0],
      [factors.d1, first],
      [factors.d2, second],
    ];
  }

  private stepOrder(callIndex: number): number {
    const { euler_at_final, lower_order_final = true, final_sigmas_type = 'zero' } = this.config;
    const left = this.timesteps.length - callIndex;
    const lowersFinal = lower_order_final && this.timesteps.length < FEW_STEPS;
    const order = Math.min(this.settings.order, this.history.length);
    if (left === 1 && (euler_at_final || lowersFinal || final_sigmas_type === 'zero')) return 1;
    return left === 2 && lowersFinal ? Math.min(order, 2) : order;
  }
}
