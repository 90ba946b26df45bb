import { combine } from '../tensor/vector.js';
import { ancestralSplit } from './euler-ancestral.js';
import type { SamplerOptions, StepResult } from './sampler.js';
import type { SchedulerConfig } from './scheduler-config.js';
import { slope, VarianceExplodingSampler } from './variance-exploding.js';

/** What the first call of a step leaves to the second. */
interface Begun {
  sample: Float32Array;
  noise: Float32Array;
}

/**
 * DPM-Solver++ (SDE): a two-stage solver of the diffusion SDE on predicted clean samples (Lu et al. 2022,
 * arXiv:2211.01095, section 5). Both stages of a step see one Brownian path over the noise level: the second stage's
 * noise contains the first's.
 */
export class DpmSolverSdeSampler extends VarianceExplodingSampler {
  readonly timesteps: readonly number[];
  readonly sigmas: Float32Array;
  override readonly order = 2;
  private readonly noiseScale: number;
  private begun: Begun | undefined;

  constructor(config: SchedulerConfig, steps: number, options: SamplerOptions) {
    super(config, { betas: [0.00085, 0.012] }, ['epsilon', 'v_prediction']);
    const { timesteps, sigmas } = this.noiseLevels(steps, options);
    this.sigmas = Float32Array.from([...sigmas.flatMap((sigma, i) => (i === 0 ? [sigma] : [sigma, sigma])), 0]);
    this.timesteps = timesteps.flatMap((timestep, step) =>
      step === 0 ? [timestep] : [this.training.timestepOf(middle(sigmas[step - 1]!, sigmas[step]!)), timestep],
    );
    this.noiseScale = options.noiseScale ?? 1;
  }

  override setBeginIndex(): void {
    this.begun = undefined;
  }

  step(modelOutput: Float32Array, sample: Float32Array, callIndex: number, noise: () => Float32Array): StepResult {
    const { from, to } = this.ends(callIndex);
    const sigma = this.modelSigma(callIndex);
    const predOriginal = this.original(modelOutput, sample, sigma);
    if (to === 0) {
      return { prevSample: combine([1, sample], [to - from, slope(sample, predOriginal, from)]), predOriginal };
    }
    const half = middle(from, to);
    if (!this.begun) {
      this.begun = { sample, noise: noise() };
      return { prevSample: this.move(sample, predOriginal, from, half, this.begun.noise), predOriginal };
    }
    const { sample: start, noise: firstNoise } = this.begun;
    this.begun = undefined;
    const path = combine(
      [Math.sqrt((from - half) / (from - to)), firstNoise],
      [Math.sqrt((half - to) / (from - to)), noise()],
    );
    return { prevSample: this.move(start, predOriginal, from, to, path), predOriginal };
  }

  protected override modelSigma(callIndex: number): number {
    const { from, to } = this.ends(callIndex);
    return callIndex % 2 === 0 ? from : middle(from, to);
  }

  /** The noise levels between which the step of a call goes. */
  private ends(callIndex: number): { from: number; to: number } {
    const first = callIndex - (callIndex % 2);
    return { from: this.sigmas[first]!, to: this.sigmas[first + 1]! };
  }

  /** An ancestral step: exactly down to a lower level towards the clean sample, then up by noise. */
  private move(
    sample: Float32Array,
    original: Float32Array,
    from: number,
    to: number,
    noise: Float32Array,
  ): Float32Array {
    const { up, down } = ancestralSplit(from, to);
    return combine([down / from, sample], [1 - down / from, original], [up * this.noiseScale, noise]);
  }
}

/** Halfway between two noise levels in the logarithm. */
function middle(from: number, to: number): number {
  return Math.sqrt(from * to);
}
