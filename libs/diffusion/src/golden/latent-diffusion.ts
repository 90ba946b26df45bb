import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { networkFolder, openCheckpoint, type Checkpoint } from '../checkpoint/checkpoint.js';
import { decodeImage } from '../image/picture.js';
import { openSuperResolution, smallPicture, superResolution } from '../pipelines/latent-diffusion/super-resolution.js';
import { latentTextToImage, openLatentTextToImage } from '../pipelines/latent-diffusion/text-to-image.js';
import type { Trace } from '../pipelines/trace.js';
import type { NoiseSource } from '../pipelines/noise.js';
import { createGenerator } from '../random/generator.js';
import type { SchedulerConfig } from '../samplers/scheduler-config.js';
import { readGoldenJson, tensorsOf, type CaseReport } from './format.js';
import { tracedNoise } from './pipeline-noise.js';
import { compareStages, readRecorded, showPictures, type GoldenEngine, type Stages } from './pipeline-stages.js';
import { findInGoldens, type GoldenFile } from './places.js';
import { readGoldenTensors } from './tensors.js';

interface LatentDiffusionCase {
  model: string;
  /** Where the parts are that the model's folder lacks: `FOLDER (PARTS)`. */
  other_components?: string;
  scheduler: SchedulerConfig;
  /** One generator for all pictures, or one for each. */
  seed: number | number[];
  /** Of the generator that steps draw from. */
  global_seed: number;
  same_as?: Record<string, string>;
}

interface PromptCase extends LatentDiffusionCase {
  call: {
    prompt: string | string[];
    num_inference_steps: number;
    guidance_scale?: number;
    eta?: number;
    height: number;
    width: number;
  };
}

interface PictureCase extends LatentDiffusionCase {
  call: { image: { png: string } | { tensor: string }; num_inference_steps: number; eta?: number };
}

/** Text to image of the first latent diffusion. */
export async function compareLatentTextToImage(
  report: CaseReport,
  file: GoldenFile,
  runtime: GoldenEngine,
): Promise<void> {
  const golden = await readGoldenJson<PromptCase>(file.path);
  const { call, scheduler } = golden;
  const prompts = [call.prompt].flat();
  const model = await openLatentTextToImage(await checkpointOf(golden, file), runtime);
  const run = {
    ...{ prompts, scheduler },
    latentHeight: call.height / model.decoder.factor,
    latentWidth: call.width / model.decoder.factor,
    steps: call.num_inference_steps,
    eta: call.eta ?? 0,
    guidanceScale: call.guidance_scale ?? 1,
  };
  await compareRun(report, file, golden, prompts.length, (noise, trace) =>
    latentTextToImage(model, runtime, { ...run, ...noise }, { trace }),
  );
}

/** Super-resolution of the first latent diffusion. */
export async function compareSuperResolution(
  report: CaseReport,
  file: GoldenFile,
  runtime: GoldenEngine,
): Promise<void> {
  const golden = await readGoldenJson<PictureCase>(file.path);
  const { call, scheduler } = golden;
  const model = await openSuperResolution(await checkpointOf(golden, file), runtime);
  const small = await sourceOf(call.image, file);
  const run = { ...small, scheduler, steps: call.num_inference_steps, eta: call.eta ?? 0 };
  const pictures = small.source.length / (3 * small.height * small.width);
  await compareRun(report, file, golden, pictures, (noise, trace) =>
    superResolution(model, runtime, { ...run, ...noise }, { trace }),
  );
}

/** Runs a case and compares all that it shows. */
async function compareRun(
  report: CaseReport,
  file: GoldenFile,
  golden: LatentDiffusionCase,
  pictures: number,
  draw: (noise: { noise: NoiseSource; stepNoise: NoiseSource }, trace: Trace) => Promise<Float32Array[]>,
): Promise<void> {
  const shown: Stages = new Map();
  const trace: Trace = (name, values) => shown.set(name, values);
  const generator = createGenerator('cpu', golden.global_seed);
  let draws = [golden.seed].flat().length;
  const stepNoise: NoiseSource = (shape) => {
    const noise = generator.randn([pictures, ...shape]);
    trace(`noise.${draws++}`, noise);
    return noise;
  };
  const drawn = await draw({ noise: tracedNoise(golden.seed, pictures, trace), stepNoise }, trace);
  showPictures(shown, drawn);
  compareStages(report, await readRecorded(file, golden), shown);
}

/** The checkpoint of a case, with the autoencoder of its own folder where another has the other parts. */
async function checkpointOf(golden: LatentDiffusionCase, file: GoldenFile): Promise<Checkpoint> {
  const own = await findInGoldens(file, golden.model);
  if (!golden.other_components) return openCheckpoint(own);
  const whole = await openCheckpoint(await findInGoldens(file, golden.other_components.split(' ')[0]!));
  const vqvae = networkFolder(join(own, 'vqvae'));
  const className = String((await vqvae.readConfig())._class_name);
  return { ...whole, components: new Map([...whole.components, ['vqvae', { ...vqvae, className }]]) };
}

async function sourceOf(image: PictureCase['call']['image'], file: GoldenFile) {
  if ('png' in image) return smallPicture(await decodeImage(await readFile(await findInGoldens(file, image.png))));
  const tensors = await readGoldenTensors(tensorsOf(file.path));
  const [, , height, width] = tensors.shape(image.tensor);
  return { source: tensors.float32(image.tensor), height: height!, width: width! };
}
