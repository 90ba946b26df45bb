import { combine, type Term } from '../tensor/vector.js';
import {
  dpmSolverSettings,
  isDataPrediction,
  isStochastic,
  stepFactors,
  type DpmSolverSettings,
  type StepFactors,
} from './dpm-solver.js';
import { LogSnrSampler } from './log-snr.js';
import type { SamplerOptions, StepResult } from './sampler.js';
import type { SchedulerConfig } from './scheduler-config.js';

/**
 * DPM-Solver++ in singlestep form: Lu et al. 2022, arXiv:2211.01095, algorithm 1 (DPM++ 2S), and the third-order steps
 * of arXiv:2206.00927. A step of order k takes k calls, each of which goes on from where the step began, with what the
 * calls so far have shown.
 */
export class DpmSolverSinglestepSampler extends LogSnrSampler {
  private readonly settings: DpmSolverSettings;
  /** Place of each call within its step, from 1; 1 begins a step. */
  private readonly orders: readonly number[];
  private stepStart: Float32Array | undefined;

  constructor(config: SchedulerConfig, steps: number, options: SamplerOptions) {
    const settings = dpmSolverSettings(config, ['dpmsolver++', 'dpmsolver', 'sde-dpmsolver++']);
    super({ ...config, timestep_spacing: 'linspace' }, steps, options, { clipsLambda: true });
    this.settings = settings;
    this.orders = callOrders(config, settings.order, this.timesteps.length);
  }

  override setBeginIndex(): void {
    super.setBeginIndex();
    this.stepStart = undefined;
  }

  step(modelOutput: Float32Array, sample: Float32Array, callIndex: number, noise: () => Float32Array): StepResult {
    const { algorithm, order: highest } = this.settings;
    const isData = isDataPrediction(algorithm);
    const prediction = isData
      ? this.original(modelOutput, sample, callIndex)
      : this.noise(modelOutput, sample, callIndex);
    this.remember(prediction, highest);

    // A walk that begins within a step has no earlier calls of it to build on.
    const order = Math.min(this.orders[callIndex]!, this.history.length);
    if (order === 1) this.stepStart = sample;
    const factors = stepFactors(algorithm, this.point(callIndex - order + 1), this.point(callIndex + 1));
    const terms: Term[] = [[factors.sample, this.stepStart!], ...this.predictionTerms(callIndex, order, factors)];
    if (isStochastic(algorithm)) terms.push([factors.noise, noise()]);
    return { prevSample: combine(...terms), predOriginal: isData ? prediction : undefined };
  }

  /** The prediction at the step's beginning and its derivatives, by finite differences of the step's calls. */
  private predictionTerms(callIndex: number, order: number, factors: StepFactors): Term[] {
    const isMidpoint = this.settings.solverType === 'midpoint';
    const calls = this.history.slice(0, order).reverse() as [Float32Array, Float32Array, Float32Array];
    const first = callIndex - order + 1;
    const distance = (index: number) => this.point(index).lambda - this.point(first).lambda;
    const h = distance(callIndex + 1);
    const [start, second, third] = calls;
    if (order === 1) return [[factors.d0, start]];
    if (order === 2) {
      const r = distance(callIndex) / h;
      return [
        [factors.d0, start],
        [isMidpoint ? factors.d0 / 2 : factors.d1, combine([1 / r, second], [-1 / r, start])],
      ];
    }
    const [near, far] = [distance(first + 1) / h, distance(first + 2) / h];
    const toFar = combine([1 / far, third], [-1 / far, start]);
    if (isMidpoint) {
      return [
        [factors.d0, start],
        [factors.d1, toFar],
      ];
    }
    const toNear = combine([1 / near, second], [-1 / near, start]);
    const gap = far - near;
    return [
      [factors.d0, start],
      [factors.d1, combine([far / gap, toNear], [-near / gap, toFar])],
      [factors.d2, combine([2 / gap, toFar], [-2 / gap, toNear])],
    ];
  }
}

/** Splits the calls of a run into steps of the highest order; an end at no noise takes a step of its own. */
function callOrders(config: SchedulerConfig, order: number, calls: number): number[] {
  const orders = Array.from({ length: calls }, (_, i) => (i % order) + 1);
  const endsAtZero = (config.final_sigmas_type ?? 'zero') === 'zero';
  if (endsAtZero || (config.lower_order_final && calls % order === 0)) orders[calls - 1] = 1;
  return orders;
}
