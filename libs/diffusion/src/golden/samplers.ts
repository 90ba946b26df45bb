import { createGenerator } from '../random/generator.js';
import { createSampler } from '../samplers/registry.js';
import type { Sampler, SamplerOptions } from '../samplers/sampler.js';
import type { SchedulerConfig } from '../samplers/scheduler-config.js';
import { combine } from '../tensor/vector.js';
import { caseRow, readGoldenJson, tensorsOf, type CaseReport, type GoldenRow } from './format.js';
import { goldenName, type GoldenFile } from './places.js';
import { readGoldenTensors, type GoldenTensors } from './tensors.js';
import { TOLERANCES } from './tolerances.js';

/** Values of one sample of a trajectory, [1, 4, 8, 8]. */
const SAMPLE_SIZE = 4 * 8 * 8;

/** Steps of the schedule on which adding noise is tried, where the file does not say. */
const ADD_NOISE_STEPS = 20;

interface SamplerFile {
  class: string;
  seed: number;
  cases: SamplerCase[];
}

interface SamplerCase {
  name: string;
  config: Omit<SchedulerConfig, '_class_name'>;
  step_kwargs: { eta?: number; use_clipped_model_output?: boolean; s_churn?: number; s_noise?: number };
  set_timesteps_kwargs: { original_inference_steps?: number; strength?: number };
  runs: SamplerRun[];
  add_noise: { steps: number; indices: number[]; error?: string };
}

interface SamplerRun {
  key: string;
  steps: number;
  /** Share of the steps of an image-to-image run; null for a run from noise. */
  strength: number | null;
  t_start?: number;
  /** Which samples of the trajectory are kept, counted in model calls. */
  traj_indices?: number[];
  scale_model_input?: 'identity';
  /** Why the reference refuses the configuration. */
  error?: string;
}

/** The golden family of one scheduler class: a row per run, and one per configuration for its added noise. */
export async function* runSamplerFile(file: GoldenFile): AsyncGenerator<GoldenRow> {
  const golden = await readGoldenJson<SamplerFile>(file.path);
  const tensors = await readGoldenTensors(tensorsOf(file.path));
  const family = goldenName(file, 1);
  for (const samplerCase of golden.cases) {
    const config: SchedulerConfig = { ...samplerCase.config, _class_name: golden.class };
    const options = samplerOptions(samplerCase);
    for (const run of samplerCase.runs) {
      yield run.error
        ? await refusalRow(family, run.key, () => walk(createSampler(config, run.steps, options), run, golden, tensors))
        : await caseRow(family, run.key, (report) => compareRun(report, config, options, run, golden, tensors));
    }
    const name = `${samplerCase.name}/add_noise`;
    yield samplerCase.add_noise.error
      ? await refusalRow(family, name, () => createSampler(config, ADD_NOISE_STEPS, options))
      : await caseRow(family, name, (report) => compareAddedNoise(report, config, options, samplerCase, tensors));
  }
}

function samplerOptions({ step_kwargs: step, set_timesteps_kwargs: set }: SamplerCase): SamplerOptions {
  return {
    eta: step.eta,
    useClippedModelOutput: step.use_clipped_model_output,
    churn: step.s_churn,
    noiseScale: step.s_noise,
    originalSteps: set.original_inference_steps,
    strength: set.strength,
  };
}

/** A configuration that the reference refuses must be refused, when the sampler is made or while it runs. */
async function refusalRow(family: string, name: string, run: () => void): Promise<GoldenRow> {
  return caseRow(family, name, (report) => {
    let refused = false;
    try {
      run();
    } catch {
      refused = true;
    }
    report.compare('refusal', [Number(refused)], [1], TOLERANCES.exact);
  });
}

interface Walk {
  added?: Float32Array;
  scaled: Float32Array[];
  samples: Float32Array[];
  draws: Float32Array[];
}

function compareRun(
  report: CaseReport,
  config: SchedulerConfig,
  options: SamplerOptions,
  run: SamplerRun,
  golden: SamplerFile,
  tensors: GoldenTensors,
): void {
  const sampler = createSampler(config, run.steps, options);
  const wanted = (name: string) => `${run.key}/${name}`;
  const timesteps = tensors.values(wanted('timesteps'));
  const whole = tensors.dtype(wanted('timesteps')) === 'I64';
  report.compare('timesteps', sampler.timesteps, timesteps, whole ? TOLERANCES.exact : TOLERANCES.fractionalTimesteps);
  if (tensors.has(wanted('sigmas'))) {
    report.compare('sigmas', sampler.sigmas ?? [], tensors.values(wanted('sigmas')), TOLERANCES.sigmas);
  }

  const { added, scaled, samples, draws } = walk(sampler, run, golden, tensors);
  const tolerance =
    config.rescale_betas_zero_snr && config._class_name.startsWith('Euler')
      ? TOLERANCES.zeroSnrEulerTrajectory
      : TOLERANCES.trajectory;
  if (added) report.compare('added', added, tensors.values(wanted('added')), tolerance);
  if (tensors.has(wanted('noise'))) {
    report.compare('noise', flatten(draws), tensors.values(wanted('noise')), TOLERANCES.randomNormals);
  }
  const kept = run.traj_indices!.map((index) => samples[index] ?? new Float32Array());
  if (tensors.has(wanted('scaled'))) {
    const reference = tensors.values(wanted('scaled'));
    const some = scaled.slice(0, reference.length / SAMPLE_SIZE);
    report.compare('scaled', flatten(some), reference, tolerance);
  }
  const reference = tensors.float32(wanted('traj'));
  kept.forEach((sample, i) => {
    const expected = reference.subarray(i * SAMPLE_SIZE, (i + 1) * SAMPLE_SIZE);
    report.compare(`step ${run.traj_indices![i]}`, sample, expected, tolerance);
  });
}

/** Walks a sampler with the analytic model of the goldens. */
function walk(sampler: Sampler, run: SamplerRun, golden: SamplerFile, tensors: GoldenTensors): Walk {
  const noise0 = createGenerator('cpu', golden.seed).randn(SAMPLE_SIZE);
  const stepNoise = createGenerator('cpu', golden.seed + 1);
  const result: Walk = { scaled: [], samples: [], draws: [] };
  const drawNoise = () => {
    const draw = stepNoise.randn(SAMPLE_SIZE);
    result.draws.push(draw);
    return draw;
  };
  let sample: Float32Array = combine([sampler.initNoiseSigma, noise0]);
  const begin = (run.t_start ?? 0) * sampler.order;
  if (run.strength !== null) {
    sampler.setBeginIndex(begin);
    sample = sampler.addNoise(tensors.float32('x_init'), noise0, begin);
    result.added = sample;
  }
  for (let call = begin; call < sampler.timesteps.length; call++) {
    const input = sampler.scaleModelInput(sample, call);
    result.scaled.push(input);
    sample = sampler.step(analyticModel(input, sampler.timesteps[call]!), sample, call, drawNoise).prevSample;
    result.samples.push(sample);
  }
  return result;
}

/** m(x, t) = 0.6 sin(x + 0.01 t) + 0.3 x */
function analyticModel(x: Float32Array, timestep: number): Float32Array {
  return x.map((value) => 0.6 * Math.sin(Math.fround(value + Math.fround(0.01 * timestep))) + 0.3 * value);
}

function compareAddedNoise(
  report: CaseReport,
  config: SchedulerConfig,
  options: SamplerOptions,
  { name, add_noise: golden }: SamplerCase,
  tensors: GoldenTensors,
): void {
  const sampler = createSampler(config, golden.steps, options);
  const [x, noise] = [tensors.float32('add_noise_x'), tensors.float32('add_noise_noise')];
  const size = x.length / golden.indices.length;
  const parts = golden.indices.map((index, i) => {
    const [start, end] = [i * size, (i + 1) * size];
    const place = placeOfTimestep(sampler.timesteps, index);
    return sampler.addNoise(x.subarray(start, end), noise.subarray(start, end), place);
  });
  report.compare('added', flatten(parts), tensors.values(`${name}/add_noise/out`), TOLERANCES.trajectory);
}

/** The reference looks a noise level up by its timestep, and of equal timesteps it takes the second. */
function placeOfTimestep(timesteps: readonly number[], index: number): number {
  const first = timesteps.indexOf(timesteps[index]!);
  const second = timesteps.indexOf(timesteps[index]!, first + 1);
  return second < 0 ? first : second;
}

function flatten(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
