import { combine } from '../tensor/vector.js';
import { roundHalfToEven } from '../tensor/rounding.js';
import type { SamplerOptions, StepResult } from './sampler.js';
import type { SchedulerConfig } from './scheduler-config.js';
import { slope, VarianceExplodingSampler } from './variance-exploding.js';

/** Splits a step between two noise levels: down to `down` along the slope, then up by fresh noise of deviation `up`. */
export type Split = (from: number, to: number) => { up: number; down: number };

/** One step: it takes the slope at `middle`, halfway down in the logarithm; at 0 in the last step, which is Euler's. */
interface Descent {
  from: number;
  middle: number;
  down: number;
  up: number;
}

/**
 * DPM-Solver-2: a midpoint method in the logarithm of the noise level (Lu et al. 2022, arXiv:2206.00927, algorithm 1,
 * on the noise levels of Karras et al. 2022, arXiv:2206.00364).
 */
export class Dpm2Sampler extends VarianceExplodingSampler {
  readonly timesteps: readonly number[];
  readonly sigmas: Float32Array;
  override readonly order = 2;
  private readonly descents: readonly Descent[];
  /** Where the step began, between its two calls. */
  private begun: Float32Array | undefined;

  /** @param split how a step goes down; without one it goes straight to its end and draws no noise */
  constructor(
    config: SchedulerConfig,
    steps: number,
    options: SamplerOptions,
    private readonly split?: Split,
  ) {
    super(config, { betas: [0.00085, 0.012] }, ['epsilon', 'v_prediction']);
    const { timesteps, sigmas } = this.noiseLevels(steps, options);
    const levels = [...Float32Array.from(sigmas), 0];
    this.descents = sigmas.map((_, step) => this.descent(levels[step]!, levels[step + 1]!));
    this.sigmas = Float32Array.from([...levels.flatMap((sigma, i) => (i === 0 ? [sigma] : [sigma, sigma])), 0]);
    const whole = config.use_karras_sigmas ? timesteps.map(roundHalfToEven) : timesteps;
    this.timesteps = whole.flatMap((timestep, step) =>
      step === 0 ? [timestep] : [this.training.timestepOf(this.descents[step - 1]!.middle), timestep],
    );
  }

  override setBeginIndex(): void {
    this.begun = undefined;
  }

  step(modelOutput: Float32Array, sample: Float32Array, callIndex: number, noise: () => Float32Array): StepResult {
    const { from, middle, down, up } = this.descents[Math.floor(callIndex / 2)]!;
    const sigma = this.modelSigma(callIndex);
    const predOriginal = this.original(modelOutput, sample, sigma);
    const here = slope(sample, predOriginal, sigma);
    if (!this.begun) {
      this.begun = sample;
      return { prevSample: combine([1, sample], [middle - from, here]), predOriginal };
    }
    const start = this.begun;
    this.begun = undefined;
    const prevSample = this.split
      ? combine([1, start], [down - from, here], [up, noise()])
      : combine([1, start], [down - from, here]);
    return { prevSample, predOriginal };
  }

  protected override modelSigma(callIndex: number): number {
    const { from, middle } = this.descents[Math.floor(callIndex / 2)]!;
    return callIndex % 2 === 0 ? from : middle;
  }

  private descent(from: number, to: number): Descent {
    const { up, down } = this.split?.(from, to) ?? { up: 0, down: to };
    return { from, middle: Math.fround(Math.sqrt(from * down)), down, up };
  }
}
