import { InputError } from '../errors.js';
import type { BetaSchedule, SchedulerConfig } from './scheduler-config.js';

/** The noise schedule that a model was trained with. Both arrays have one entry per training timestep. */
export interface NoiseSchedule {
  /** Training timesteps, usually 1000. */
  readonly trainSteps: number;
  /** Cumulated product of 1 - beta: the share of the picture's variance that is left at each timestep. */
  readonly alphasCumprod: Float32Array;
}

/** How a class reads its configuration. */
export interface NoiseScheduleOptions {
  /** Betas where the configuration is silent; differs between classes. @default those of DDPM, 0.0001 to 0.02 */
  betas?: readonly [start: number, end: number];
  /** The curve between them where the configuration is silent. @default linear */
  curve?: BetaSchedule;
  /**
   * What the class makes of `rescale_betas_zero_snr`: a last timestep without any picture; the least trace of one, for
   * methods that need a finite noise level; or nothing, where it does not know the setting.
   * @default ignored
   */
  zeroSnr?: 'exact' | 'trace' | 'ignored';
}

/** The least picture that zero terminal SNR leaves to methods that divide by it. */
const TRACE = 2 ** -24;

/**
 * The noise schedule of a configuration, in the precision that models are trained with: betas in float32, their
 * product accumulated in double and rounded per entry.
 */
export function noiseSchedule(config: SchedulerConfig, options: NoiseScheduleOptions = {}): NoiseSchedule {
  const { zeroSnr = 'ignored' } = options;
  const betas = trainedBetas(config, options);
  const rescale = config.rescale_betas_zero_snr === true && zeroSnr !== 'ignored';
  const alphasCumprod = cumulatedAlphas(rescale ? rescaleToZeroTerminalSnr(betas) : betas);
  if (rescale && zeroSnr === 'trace') alphasCumprod[alphasCumprod.length - 1] = TRACE;
  return { trainSteps: betas.length, alphasCumprod };
}

function trainedBetas(config: SchedulerConfig, options: NoiseScheduleOptions): Float32Array {
  if (config.trained_betas) return Float32Array.from(config.trained_betas);
  const trainSteps = config.num_train_timesteps ?? 1000;
  const [defaultStart, defaultEnd] = options.betas ?? [0.0001, 0.02];
  const start = config.beta_start ?? defaultStart;
  const end = config.beta_end ?? defaultEnd;
  const schedule = config.beta_schedule ?? options.curve ?? 'linear';
  switch (schedule) {
    case 'linear':
      return linspaceFloat32(start, end, trainSteps);
    case 'scaled_linear':
      return linspaceFloat32(Math.sqrt(start), Math.sqrt(end), trainSteps).map((root) => root * root);
    case 'squaredcos_cap_v2':
      return betasOfAlphaBar((t) => Math.cos((((t + 0.008) / 1.008) * Math.PI) / 2) ** 2, trainSteps);
    case 'exp':
      return betasOfAlphaBar((t) => Math.exp(-12 * t), trainSteps);
    case 'laplace':
      return betasOfAlphaBar(laplaceAlphaBar, trainSteps);
    case 'sigmoid':
      return linspaceFloat32(-6, 6, trainSteps).map((x) => (end - start) / (1 + Math.exp(-x)) + start);
    default:
      throw new InputError(
        `Beta schedule "${schedule}" is not known; allowed are linear, scaled_linear, squaredcos_cap_v2, exp, laplace and sigmoid.`,
      );
  }
}

/** Evenly spaced float32 values; the second half is counted from its end. Each is rounded once, as with fused multiply-add. */
function linspaceFloat32(start: number, end: number, count: number): Float32Array {
  const { fround } = Math;
  const [first, last] = [fround(start), fround(end)];
  if (count === 1) return Float32Array.of(first);
  const step = fround(fround(last - first) / (count - 1));
  return Float32Array.from({ length: count }, (_, i) =>
    i < Math.floor(count / 2) ? first + step * i : last - step * (count - 1 - i),
  );
}

/** Betas of a continuous curve of the picture's share (Nichol and Dhariwal 2021, arXiv:2102.09672, section 3.2). */
function betasOfAlphaBar(alphaBar: (t: number) => number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) =>
    Math.min(1 - alphaBar((i + 1) / count) / alphaBar(i / count), 0.999),
  );
}

/** The Laplace noise schedule of Hang et al. 2024, arXiv:2407.03297. */
function laplaceAlphaBar(t: number): number {
  const logSnr = -0.5 * Math.sign(0.5 - t || 1) * Math.log(1 - 2 * Math.abs(0.5 - t) + 1e-6);
  const snr = Math.exp(logSnr);
  return Math.sqrt(snr / (1 + snr));
}

function cumulatedAlphas(betas: Float32Array): Float32Array {
  let product = 1;
  return betas.map((beta) => (product *= Math.fround(1 - beta)));
}

/** Shifts and scales the schedule so that its last timestep is pure noise (Lin et al. 2023, arXiv:2305.08891, alg. 1). */
function rescaleToZeroTerminalSnr(betas: Float32Array): Float32Array {
  const { fround } = Math;
  const roots = cumulatedAlphas(betas).map(Math.sqrt);
  const first = roots[0]!;
  const last = roots[roots.length - 1]!;
  const scale = fround(first / fround(first - last));
  const alphaBars = roots.map((root) => fround(fround(root - last) * scale) ** 2);
  return alphaBars.map((alphaBar, i) => 1 - (i === 0 ? alphaBar : fround(alphaBar / alphaBars[i - 1]!)));
}
