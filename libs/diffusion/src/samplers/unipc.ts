import { InputError } from '../errors.js';
import { combine, type Term } from '../tensor/vector.js';
import { solveLinear } from '../tensor/solve-linear.js';
import { LogSnrSampler } from './log-snr.js';
import type { SamplerOptions, StepResult } from './sampler.js';
import type { SchedulerConfig } from './scheduler-config.js';

/** What the predictor leaves to the corrector of the next call. */
interface LastStep {
  sample: Float32Array;
  order: number;
}

/**
 * UniPC, a unified predictor and corrector: Zhao et al. 2023, arXiv:2302.04867, in multistep form. Every call first
 * corrects the step before with what the model says at its end, then predicts the next; the history serves both.
 */
export class UniPcSampler extends LogSnrSampler {
  private readonly predictsOriginal: boolean;
  private readonly isB1: boolean;
  private last: LastStep | undefined;

  constructor(config: SchedulerConfig, steps: number, options: SamplerOptions) {
    super(config, steps, options, { zeroSnr: 'trace' });
    this.predictsOriginal = config.predict_x0 ?? true;
    const solver = config.solver_type ?? 'bh2';
    if (!['bh1', 'bh2', 'midpoint', 'heun', 'logrho'].includes(solver)) {
      throw new InputError(`Solver type "${solver}" is not known; allowed are "bh1" and "bh2".`);
    }
    this.isB1 = solver === 'bh1';
  }

  override setBeginIndex(): void {
    super.setBeginIndex();
    this.last = undefined;
  }

  step(modelOutput: Float32Array, sample: Float32Array, callIndex: number): StepResult {
    const prediction = this.predictsOriginal
      ? this.original(modelOutput, sample, callIndex)
      : this.noise(modelOutput, sample, callIndex);
    const corrects = this.last && !this.config.disable_corrector?.includes(callIndex - 1);
    const corrected = corrects ? this.correct(this.last!, prediction, callIndex) : sample;

    const { solver_order: highest = 2, lower_order_final = true } = this.config;
    const callsLeft = this.timesteps.length - callIndex;
    this.remember(prediction, highest);
    const order = Math.min(highest, this.history.length, lower_order_final ? callsLeft : highest);
    this.last = { sample: corrected, order };
    const prevSample = this.predict(corrected, order, callIndex);
    return { prevSample, predOriginal: this.predictsOriginal ? prediction : undefined };
  }

  /** UniP: the step from a call's point to the next, from the history alone. */
  private predict(sample: Float32Array, order: number, callIndex: number): Float32Array {
    const { base, weight, ratios, differences, sums } = this.expansion(sample, order, callIndex, callIndex + 1);
    const rho = order === 2 ? [0.5] : solveLinear(vandermonde(ratios.slice(0, -1)), sums.slice(0, -1));
    return combine(...base, ...differences.map((difference, i): Term => [weight * rho[i]!, difference]));
  }

  /** UniC: the step to a call's point again, with the prediction at that point as one more node. */
  private correct({ sample, order }: LastStep, prediction: Float32Array, callIndex: number): Float32Array {
    const { base, weight, ratios, differences, sums } = this.expansion(sample, order, callIndex - 1, callIndex);
    const rho = order === 1 ? [0.5] : solveLinear(vandermonde(ratios), sums);
    const nodes = [...differences, combine([1, prediction], [-1, this.history[0]!])];
    return combine(...base, ...nodes.map((difference, i): Term => [weight * rho[i]!, difference]));
  }

  /** What predictor and corrector share: the first-order step, and the nodes of the higher orders. */
  private expansion(sample: Float32Array, order: number, from: number, to: number) {
    const [start, end] = [this.point(from), this.point(to)];
    const h = end.lambda - start.lambda;
    const signed = this.predictsOriginal ? -h : h;
    const phi = Math.expm1(signed);
    const [m0, ...older] = this.history as [Float32Array, ...Float32Array[]];
    const [kept, share] = this.predictsOriginal
      ? [end.sigma / start.sigma, end.alpha]
      : [end.alpha / start.alpha, end.sigma];
    const scale = this.isB1 ? signed : phi;
    const ratios = older.slice(0, order - 1).map((_, i) => (this.point(from - i - 1).lambda - start.lambda) / h);
    return {
      base: [
        [kept, sample],
        [-share * phi, m0],
      ] as Term[],
      weight: -share * scale,
      /** Places of the nodes in units of the step; the last is its end. */
      ratios: [...ratios, 1],
      differences: ratios.map((ratio, i) => combine([1 / ratio, older[i]!], [-1 / ratio, m0])),
      sums: phiSums(signed, scale, order),
    };
  }
}

/** Right-hand sides of the conditions on the nodes' weights: k! * phi_(k+1)(h) * h / B(h) for k from 1 to `order`. */
function phiSums(h: number, scale: number, order: number): number[] {
  let phi = Math.expm1(h) / h - 1;
  let factorial = 1;
  return Array.from({ length: order }, (_, i) => {
    const sum = (phi * factorial) / scale;
    factorial *= i + 2;
    phi = phi / h - 1 / factorial;
    return sum;
  });
}

/** Row k holds the k-th powers of the nodes, from the zeroth. */
function vandermonde(nodes: readonly number[]): number[][] {
  return nodes.map((_, power) => nodes.map((node) => node ** power));
}
