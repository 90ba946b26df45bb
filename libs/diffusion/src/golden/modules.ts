import { dirname, join } from 'node:path';
import { networkFolder } from '../checkpoint/checkpoint.js';
import { openWeights } from '../checkpoint/weight-files.js';
import { InputError } from '../errors.js';
import type { Model } from '../graph/graph.js';
import { readClipTextConfig } from '../networks/clip-text-config.js';
import { clipText } from '../networks/clip-text.js';
import { guidanceSinusoids, sinusoids } from '../networks/sinusoids.js';
import { readUnetConfig } from '../networks/unet-config.js';
import { unet } from '../networks/unet.js';
import { readVaeConfig } from '../networks/vae-config.js';
import { vaeDecoder, vaeEncoder } from '../networks/vae.js';
import type { Target } from '../networks/weights.js';
import { openSession, type Inputs, type Outputs, type SessionOptions, type Values } from '../runtime/session.js';
import { runAdapter, runControlNet, runTinyVae } from './conditioning-modules.js';
import { caseRow, readGoldenJson, tensorsOf, type CaseReport, type GoldenRow } from './format.js';
import { runGfpgan, runRetinaFace } from './face-modules.js';
import { runLdmBert, runRrdb, runUnet2d, runUnetMotion, runVqModel } from './rest-modules.js';
import { floats, inspected, integers, stored, unetInputs } from './module-values.js';
import { findInGoldens, goldenName, type GoldenFile } from './places.js';
import { joinTensors, readGoldenTensors, type GoldenTensors } from './tensors.js';
import { TOLERANCES, type Tolerance } from './tolerances.js';

export interface ModuleCase {
  class?: string;
  /** Folder of the network, from the goldens folder, or the folders of those that it is made of: `of(FOLDER, FOLDER)`. */
  model?: string;
  /** The case whose inputs it has: `those of CASE`. */
  inputs?: string;
  /** What a ControlNet's outputs are multiplied with. */
  conditioning_scale?: number;
  /** Whether a ControlNet's finer outputs count less. */
  guess_mode?: boolean;
  /** Cases of the sinusoids, which are no network. */
  cases?: SinusoidCase[];
}

interface SinusoidCase {
  key: string;
  dim: number;
  flip_sin_to_cos: boolean;
  downscale_freq_shift: number;
}

export type Run = (model: Model, inputs: Inputs) => Promise<Outputs>;

/** Runs one network of a case: what it is given and gives, by the golden file's names without their `in.` and `out.`. */
export type ModuleRunner = (
  folder: string,
  golden: GoldenTensors,
  target: Target,
  run: Run,
  parameters: ModuleCase,
  /** Folders of networks that it is made of beside the first. */
  others: readonly string[],
) => Promise<Outputs>;

/** Networks by their class in diffusers or transformers. */
const RUNNERS: Record<string, ModuleRunner> = {
  CLIPTextModel: runTextEncoder,
  CLIPTextModelWithProjection: runTextEncoder,
  UNet2DConditionModel: runUnet,
  AutoencoderKL: runVae,
  AutoencoderTiny: runTinyVae,
  ControlNetModel: runControlNet,
  T2IAdapter: runAdapter,
  LDMBertModel: runLdmBert,
  VQModel: runVqModel,
  UNet2DModel: runUnet2d,
  UNetMotionModel: runUnetMotion,
  RRDBNet: runRrdb,
  GFPGANv1Clean: runGfpgan,
  RetinaFace: runRetinaFace,
};

/** The golden family `modules`: one row per file. */
export async function* runModuleFile(
  file: GoldenFile,
  options: SessionOptions,
  target: Target,
): AsyncGenerator<GoldenRow> {
  yield await caseRow('modules', goldenName(file, 1), async (report) => {
    const golden = await readGoldenJson<ModuleCase>(file.path);
    const tensors = await readTensors(file, golden);
    if (golden.cases) return compareSinusoids(report, golden.cases, tensors);
    const runner = RUNNERS[golden.class ?? ''];
    if (!runner || !golden.model) throw new InputError(`The engine has no network of class ${golden.class}.`);
    const places = /\((.*)\)$/.exec(golden.model)?.[1] ?? golden.model;
    const [folder, ...others] = await Promise.all(places.split(', ').map((place) => findInGoldens(file, place)));
    const run: Run = async (model, inputs) => {
      const session = await openSession(model, options);
      try {
        return await session.run(inputs);
      } finally {
        await session.release();
      }
    };
    const results = await runner(folder!, tensors, target, run, golden, others);
    for (const name of tensors.names.filter((name) => /^(out|inter)\./.test(name))) {
      const actual = results[name.replace(/^(out|inter)\./, '')];
      report.compare(name, actual?.data ?? [], tensors.values(name), toleranceOf(name, target));
    }
  });
}

function toleranceOf(name: string, { provider, precision }: Target): Tolerance {
  if (precision === 'F16') return TOLERANCES.networkInHalf;
  if (provider !== 'cpu') return TOLERANCES.networkOnGpu;
  return name.startsWith('out.') ? TOLERANCES.network : TOLERANCES.blockOutput;
}

/** The tensors of a case, with the inputs of another where it has those. */
async function readTensors(file: GoldenFile, { inputs }: ModuleCase): Promise<GoldenTensors> {
  const own = await readGoldenTensors(tensorsOf(file.path));
  const [, other] = /^those of (.+)$/.exec(inputs ?? '') ?? [];
  return other === undefined
    ? own
    : joinTensors(own, await readGoldenTensors(join(dirname(file.path), `${other}.safetensors`)), /^in\./);
}

async function runTextEncoder(folder: string, golden: GoldenTensors, target: Target, run: Run): Promise<Outputs> {
  const config = readClipTextConfig(await networkFolder(folder).readConfig(), folder);
  const inspect = inspected(golden, 'out.').filter((name) => name !== 'pooled');
  const model = clipText(config, await openWeights(folder), { skips: [0], normalize: true, inspect, target });
  return run(model, { tokens: integers(golden, 'in.input_ids') });
}

async function runUnet(folder: string, golden: GoldenTensors, target: Target, run: Run): Promise<Outputs> {
  const config = readUnetConfig(await networkFolder(folder).readConfig(), folder);
  const inputs = unetInputs(config, golden);
  for (const name of inspected(golden, 'in.down.')) inputs[`down.${name}`] = stored(golden, `in.down.${name}`);
  if (golden.has('in.mid')) inputs.mid = stored(golden, 'in.mid');

  const options = { residuals: 'mid' in inputs, inspect: inspected(golden, 'inter.'), target };
  const { out, ...modules } = await run(unet(config, await openWeights(folder), options), inputs);
  return { sample: out!, ...modules };
}

async function runVae(folder: string, golden: GoldenTensors, target: Target, run: Run): Promise<Outputs> {
  const config = readVaeConfig(await networkFolder(folder).readConfig(), folder);
  const weights = await openWeights(folder);
  const options = { inspect: inspected(golden, 'inter.'), target };
  if (golden.has('in.z')) {
    const { picture, ...modules } = await run(vaeDecoder(config, weights, options), {
      latents: stored(golden, 'in.z'),
    });
    return { sample: picture!, ...modules };
  }
  const { moments, ...modules } = await run(vaeEncoder(config, weights, options), { picture: stored(golden, 'in.x') });
  const [mean, logvar] = splitChannels(moments!);
  const std = logvar.map((value) => Math.exp(value / 2));
  const noise = golden.float32('out.noise');
  const sample = mean.map((value, i) => value + std[i]! * noise[i]!);
  const results = { mean, logvar, std, noise, sample };
  return { ...modules, ...Object.fromEntries(Object.entries(results).map(([name, data]) => [name, floats(data, [])])) };
}

function compareSinusoids(report: CaseReport, cases: SinusoidCase[], golden: GoldenTensors): void {
  const timesteps = golden.values('temb/timesteps');
  for (const { key, dim, flip_sin_to_cos: cosineFirst, downscale_freq_shift: frequencyShift } of cases) {
    const actual = sinusoids(timesteps, dim, { cosineFirst, frequencyShift });
    report.compare(key, actual, golden.values(key), TOLERANCES.network);
  }
  const scales = Array.from(golden.values('lcm/w'), (w) => w + 1);
  for (const key of golden.names.filter((name) => name.startsWith('lcm/guidance'))) {
    const width = golden.shape(key)[1]!;
    const actual = scales.flatMap((scale) => [...guidanceSinusoids(scale, width)]);
    report.compare(key, actual, golden.values(key), TOLERANCES.network);
  }
}

/** The two halves of the channels of one picture. */
function splitChannels({ data }: Values): [Float32Array, Float32Array] {
  const half = data.length / 2;
  return [data.slice(0, half), data.slice(half)];
}
