import { combine, type Term } from '../tensor/vector.js';
import type { SamplerOptions, StepResult } from './sampler.js';
import type { SchedulerConfig } from './scheduler-config.js';
import { slope, VarianceExplodingSampler } from './variance-exploding.js';

const ORDER = 4;

/**
 * Linear multistep method: extrapolates the last four slopes by a polynomial in the noise level and integrates it over
 * the step (Adams-Bashforth with uneven steps; Katherine Crowson's k-diffusion for Karras et al. 2022).
 */
export class LmsSampler extends VarianceExplodingSampler {
  readonly timesteps: readonly number[];
  readonly sigmas: Float32Array;
  /** Slopes of the last calls, the newest first. */
  private slopes: Float32Array[] = [];

  constructor(config: SchedulerConfig, steps: number, options: SamplerOptions) {
    super(config);
    const { timesteps, sigmas } = this.noiseLevels(steps, options);
    this.timesteps = timesteps.map(Math.fround);
    this.sigmas = Float32Array.from([...sigmas, 0]);
  }

  override setBeginIndex(): void {
    this.slopes = [];
  }

  step(modelOutput: Float32Array, sample: Float32Array, callIndex: number): StepResult {
    const sigma = this.sigmas[callIndex]!;
    const predOriginal = this.original(modelOutput, sample, sigma);
    this.slopes = [slope(sample, predOriginal, sigma), ...this.slopes].slice(0, ORDER);
    // A walk that begins later still gets the coefficients of its place, as the reference does.
    const order = Math.min(callIndex + 1, ORDER);
    const terms = this.slopes.map((slope, age): Term => [this.coefficient(callIndex, order, age), slope]);
    return { prevSample: combine([1, sample], ...terms), predOriginal };
  }

  /** Integral over the step of the Lagrange polynomial that is 1 at the slope of that age and 0 at the others. */
  private coefficient(callIndex: number, order: number, age: number): number {
    const at = (back: number) => this.sigmas[callIndex - back]!;
    const lagrange = (sigma: number) => {
      let product = 1;
      for (let k = 0; k < order; k++) if (k !== age) product *= (sigma - at(k)) / (at(age) - at(k));
      return product;
    };
    // Simpson's rule is exact up to the third degree, which is the highest here.
    const [from, to] = [at(0), at(-1)];
    return ((to - from) / 6) * (lagrange(from) + 4 * lagrange((from + to) / 2) + lagrange(to));
  }
}
