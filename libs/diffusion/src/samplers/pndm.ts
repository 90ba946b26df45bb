import { InputError } from '../errors.js';
import { combine, type Term } from '../tensor/vector.js';
import { noiseSchedule } from './betas.js';
import { predictedNoise, predictionType } from './prediction.js';
import type { StepResult } from './sampler.js';
import type { PredictionType, SchedulerConfig } from './scheduler-config.js';
import { wholeTimesteps } from './spacing.js';
import { VariancePreservingSampler } from './variance-preserving.js';

/** Runge-Kutta steps that begin a walk, of four calls each. */
const RUNGE_KUTTA_STEPS = 3;
const RUNGE_KUTTA_WEIGHTS = [1 / 6, 1 / 3, 1 / 3, 1 / 6];

/** Adams-Bashforth weights for 1 to 4 predictions, the newest first. */
const LINEAR_WEIGHTS = [[1], [3 / 2, -1 / 2], [23 / 12, -16 / 12, 5 / 12], [55 / 24, -59 / 24, 37 / 24, -9 / 24]];

/**
 * Pseudo numerical methods for diffusion models, Liu et al. 2022, arXiv:2202.09778: the gradient of a linear
 * multistep method of fourth order, and a transfer along it that is exact for constant noise. The walk is begun by three
 * Runge-Kutta steps or, with `skip_prk_steps`, by an improved Euler step and rising order (PLMS).
 */
export class PndmSampler extends VariancePreservingSampler {
  readonly timesteps: readonly number[];
  private readonly type: PredictionType;
  private readonly stride: number;
  /** Timesteps of the Runge-Kutta calls, which come first. */
  private readonly rungeKutta: readonly number[];
  /** Calls since the walk began. */
  private calls = 0;
  /** Predictions at whole steps, the newest first. */
  private history: Float32Array[] = [];
  /** Weighted sum of the predictions of a Runge-Kutta step so far. */
  private sum: Float32Array | undefined;
  /** Where a step of several calls began. */
  private start: Float32Array | undefined;

  constructor(config: SchedulerConfig, steps: number) {
    const schedule = noiseSchedule(config);
    super(schedule, config.set_alpha_to_one ? 1 : schedule.alphasCumprod[0]);
    const { trainSteps } = schedule;
    this.type = predictionType(config, ['epsilon', 'v_prediction']);
    this.stride = Math.floor(trainSteps / steps);
    const spaced = wholeTimesteps(config, trainSteps, steps);
    if (config.skip_prk_steps) {
      this.rungeKutta = [];
      // The second timestep comes twice: its first call improves the first step.
      this.timesteps = [...spaced.slice(0, 2), ...spaced.slice(1)];
    } else {
      this.rungeKutta = this.rungeKuttaTimesteps(spaced);
      this.timesteps = [...this.rungeKutta, ...spaced.slice(RUNGE_KUTTA_STEPS)];
    }
  }

  override setBeginIndex(): void {
    this.calls = 0;
    this.history = [];
    this.sum = undefined;
    this.start = undefined;
  }

  step(modelOutput: Float32Array, sample: Float32Array, callIndex: number): StepResult {
    const timestep = this.timesteps[callIndex]!;
    const call = this.calls++;
    const prevSample =
      call < this.rungeKutta.length
        ? this.rungeKuttaCall(modelOutput, sample, timestep, call)
        : this.linearCall(modelOutput, sample, timestep, call);
    return { prevSample };
  }

  private rungeKuttaCall(output: Float32Array, sample: Float32Array, timestep: number, call: number): Float32Array {
    const stage = call % 4;
    if (stage === 0) {
      this.history = [output, ...this.history];
      this.start = sample;
    }
    const weighted: Term = [RUNGE_KUTTA_WEIGHTS[stage]!, output];
    const sum = this.sum ? combine([1, this.sum], weighted) : combine(weighted);
    this.sum = stage === 3 ? undefined : sum;
    const from = this.rungeKutta[call - stage]!;
    const to = stage % 2 === 0 ? timestep - this.halfStride : timestep;
    return this.transfer(this.start ?? sample, from, to, stage === 3 ? sum : output);
  }

  private linearCall(output: Float32Array, sample: Float32Array, timestep: number, call: number): Float32Array {
    const { stride } = this;
    if (call === 1 && this.start) {
      const mean = combine([0.5, output], [0.5, this.history[0]!]);
      return this.transfer(this.start, timestep + stride, timestep, mean);
    }
    if (call === 0) this.start = sample;
    this.history = [output, ...this.history].slice(0, 4);
    const weights = LINEAR_WEIGHTS[this.history.length - 1]!;
    const mean = combine(...this.history.map((prediction, age): Term => [weights[age]!, prediction]));
    return this.transfer(sample, timestep, timestep - stride, mean);
  }

  /** The transfer part: moves a sample between two timesteps along a prediction. */
  private transfer(sample: Float32Array, from: number, to: number, output: Float32Array): Float32Array {
    const alphaBar = this.alphaBar(from);
    const alphaBarTo = this.alphaBar(to);
    const noise = predictedNoise(this.type, output, sample, Math.sqrt(alphaBar), Math.sqrt(1 - alphaBar));
    const denominator = alphaBar * Math.sqrt(1 - alphaBarTo) + Math.sqrt(alphaBar * (1 - alphaBar) * alphaBarTo);
    return combine([Math.sqrt(alphaBarTo / alphaBar), sample], [(alphaBar - alphaBarTo) / denominator, noise]);
  }

  private get halfStride(): number {
    return Math.floor(this.stride / 2);
  }

  /** Each Runge-Kutta step is called at its beginning, twice in its middle and at its end. */
  private rungeKuttaTimesteps(spaced: readonly number[]): number[] {
    if (spaced.length <= RUNGE_KUTTA_STEPS) {
      throw new InputError(`PNDM without skip_prk_steps needs at least ${RUNGE_KUTTA_STEPS + 1} steps.`);
    }
    return spaced.slice(1, RUNGE_KUTTA_STEPS + 1).flatMap((end, step) => {
      const middle = end + this.halfStride;
      return [spaced[step]!, middle, middle, end];
    });
  }
}
