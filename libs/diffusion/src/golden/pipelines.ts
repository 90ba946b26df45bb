import { dirname, join, relative } from 'node:path';
import { InputError } from '../errors.js';
import { DiffusionModel } from '../pipelines/model.js';
import { noisePerPicture, type NoiseSource } from '../pipelines/noise.js';
import { toPixels } from '../pipelines/pixels.js';
import type { PromptEncoder } from '../pipelines/prompts.js';
import { textToImage, type TextToImage } from '../pipelines/text-to-image.js';
import type { Trace } from '../pipelines/trace.js';
import { createGenerator } from '../random/generator.js';
import type { SessionCache } from '../runtime/session-cache.js';
import type { Target } from '../networks/weights.js';
import type { SchedulerConfig } from '../samplers/scheduler-config.js';
import { caseRow, readGoldenJson, tensorsOf, type CaseReport, type GoldenRow } from './format.js';
import { findInGoldens, goldenName, type GoldenFile } from './places.js';
import { compareSingleFile } from './single-file.js';
import { readGoldenTensors, type GoldenTensors } from './tensors.js';
import { TOLERANCES, type Tolerance } from './tolerances.js';

/** What pipelines of golden cases run on: networks stay loaded from case to case. */
export interface GoldenEngine {
  sessions: SessionCache;
  encoder: PromptEncoder;
  target: Target;
}

interface PipelineCase {
  pipeline_class?: string;
  model: string;
  scheduler: SchedulerConfig;
  /** One generator for all pictures, or one for each. */
  seed: number | number[];
  call: PipelineCall;
  loras?: { file: string; weight: number }[];
  /** Tensors that are those of another case: `CASE:TENSOR`. */
  same_as?: Record<string, string>;
}

interface PipelineCall {
  prompt: string | string[];
  prompt_2?: string | string[];
  negative_prompt?: string | string[] | null;
  negative_prompt_2?: string | string[];
  original_size?: [height: number, width: number];
  crops_coords_top_left?: [top: number, left: number];
  target_size?: [height: number, width: number];
  negative_original_size?: [height: number, width: number];
  negative_crops_coords_top_left?: [top: number, left: number];
  negative_target_size?: [height: number, width: number];
  timesteps?: number[];
  num_images_per_prompt?: number;
  num_inference_steps?: number;
  original_inference_steps?: number;
  guidance_scale: number;
  guidance_rescale?: number;
  eta?: number;
  clip_skip?: number;
  height: number;
  width: number;
  output_type: string;
}

const PIPELINES = ['StableDiffusionPipeline', 'StableDiffusionXLPipeline', 'LatentConsistencyModelPipeline'];

/** Parts of a case that say how it was made, or that the engine can follow; with any other it cannot be run. */
const KNOWN_KEYS = new Set([
  ...['family', 'case', 'pipeline_class', 'model', 'scheduler', 'seed', 'call', 'loras', 'same_as'],
  ...['model_evaluations', 'random_draws', 'timesteps_used', 'images', 'slim', 'unet.encoder_hidden_states'],
  ...['float32_vs_float64', 'manual_merge_check', 'global_seed'],
]);
const KNOWN_PARAMETERS = new Set([
  ...['prompt', 'negative_prompt', 'num_images_per_prompt', 'num_inference_steps', 'original_inference_steps'],
  ...['prompt_2', 'negative_prompt_2', 'original_size', 'crops_coords_top_left', 'target_size', 'timesteps'],
  ...['negative_original_size', 'negative_crops_coords_top_left', 'negative_target_size'],
  ...['guidance_scale', 'guidance_rescale', 'eta', 'clip_skip', 'height', 'width', 'output_type'],
]);

/** The golden family `pipelines`: one row per file, of all stages that were recorded. */
export async function* runPipelineFile(file: GoldenFile, engine: GoldenEngine): AsyncGenerator<GoldenRow> {
  const [family, ...name] = goldenName(file, 1).split('/');
  yield await caseRow(family!, name.join('/'), async (report) => {
    if (family === 'single-file') return compareSingleFile(report, file);
    const golden = await readGoldenJson<PipelineCase>(file.path);
    refuseUnknown(golden);
    const recorded = await readRecorded(file, golden);
    const traced = await trace(golden, file, engine);
    for (const [stage, expected] of recorded) compareStage(report, stage, traced.get(stage), expected);
  });
}

function refuseUnknown(golden: PipelineCase): void {
  if (!PIPELINES.includes(golden.pipeline_class ?? '')) {
    throw new InputError(`The engine has no pipeline ${golden.pipeline_class ?? 'for this case'}.`);
  }
  const unknown = [
    ...Object.keys(golden).filter((key) => !KNOWN_KEYS.has(key)),
    ...Object.keys(golden.call).filter((key) => !KNOWN_PARAMETERS.has(key)),
  ];
  if (unknown.length > 0) throw new InputError(`The engine cannot follow the case's ${unknown.join(', ')}.`);
}

/** Runs the case and keeps everything that the pipeline shows. */
async function trace(golden: PipelineCase, file: GoldenFile, engine: GoldenEngine) {
  const { sessions, encoder, target } = engine;
  const loras = [];
  for (const { file: path, weight } of golden.loras ?? [])
    loras.push({ path: await findInGoldens(file, path), weight });
  const checkpoint = await findInGoldens(file, golden.model);
  const model = await DiffusionModel.open({ checkpoint, loras }, sessions, target);

  const traced = new Map<string, ArrayLike<number>>();
  const keep: Trace = (name, values) => traced.set(name, values);
  const { pictures } = await textToImage(model, encoder, runOf(golden, model, keep), { trace: keep });
  const { width, height } = golden.call;
  const bytes = pictures.flatMap((picture) => [...toPlanes(toPixels(picture), width * height)]);
  return traced
    .set('image_u8.0', bytes)
    .set('images_u8', bytes)
    .set('images', clamped(traced.get('vae_decode.0.out')!));
}

function runOf({ call, scheduler, seed }: PipelineCase, model: DiffusionModel, trace: Trace): TextToImage {
  const words = wordsOf(call);
  return {
    ...words,
    promptSyntax: 'plain',
    clipSkip: call.clip_skip ?? 0,
    ...sizesOf(call),
    latentHeight: call.height / model.description.sizeMultiple,
    latentWidth: call.width / model.description.sizeMultiple,
    scheduler,
    steps: call.num_inference_steps ?? call.timesteps!.length,
    samplerOptions: {
      eta: call.eta ?? 0,
      originalSteps: call.original_inference_steps,
      timesteps: call.timesteps,
    },
    guidanceScale: call.guidance_scale,
    guidanceRescale: call.guidance_rescale ?? 0,
    noise: tracedNoise(seed, words.prompts.length, trace),
  };
}

/** A prompt for all pictures, or one for each `num_images_per_prompt` of them. */
function wordsOf(call: PipelineCall): Pick<TextToImage, 'prompts' | 'negativePrompts'> {
  const perPrompt = call.num_images_per_prompt ?? 1;
  const pictures = [call.prompt].flat().length * perPrompt;
  const textOf = (texts: string | string[] | null | undefined, picture: number) =>
    Array.isArray(texts) ? texts[Math.floor(picture / perPrompt)] : (texts ?? undefined);
  return {
    prompts: Array.from({ length: pictures }, (_, i) => ({
      text: textOf(call.prompt, i)!,
      secondText: textOf(call.prompt_2, i),
    })),
    negativePrompts: Array.from({ length: pictures }, (_, i) => {
      const text = textOf(call.negative_prompt, i);
      return text === undefined ? null : { text, secondText: textOf(call.negative_prompt_2, i) };
    }),
  };
}

/** What SDXL is told of sizes; the reference takes negative ones only where both are given. */
function sizesOf(call: PipelineCall): Pick<TextToImage, 'sizes' | 'negativeSizes'> {
  const { original_size, target_size, crops_coords_top_left, height, width } = call;
  const { negative_original_size, negative_target_size, negative_crops_coords_top_left } = call;
  const size = [height, width];
  return {
    sizes: [...(original_size ?? size), ...(crops_coords_top_left ?? [0, 0]), ...(target_size ?? size)],
    ...(negative_original_size &&
      negative_target_size && {
        negativeSizes: [
          ...negative_original_size,
          ...(negative_crops_coords_top_left ?? [0, 0]),
          ...negative_target_size,
        ],
      }),
  };
}

/** Noise as the reference draws it: from a generator per picture, or all pictures from one. */
function tracedNoise(seed: number | number[], pictures: number, trace: Trace): NoiseSource {
  let draws = 0;
  const shown = (noise: Float32Array) => {
    trace(`noise.${draws++}`, noise);
    return noise;
  };
  if (Array.isArray(seed)) {
    const source = noisePerPicture('cpu', seed);
    return (shape) => {
      const noise = source(shape);
      const size = noise.length / pictures;
      seed.forEach((_, i) => shown(noise.subarray(i * size, (i + 1) * size)));
      return noise;
    };
  }
  const generator = createGenerator('cpu', seed);
  return (shape) => shown(generator.randn([pictures, ...shape]));
}

/** Everything that was recorded of a case, with what it shares with others of its family. */
async function readRecorded(file: GoldenFile, golden: PipelineCase): Promise<Map<string, ArrayLike<number>>> {
  const own = await readGoldenTensors(tensorsOf(file.path));
  const recorded = new Map(own.names.map((name) => [name, own.values(name)]));
  const others = new Map<string, GoldenTensors>();
  for (const [name, place] of Object.entries(golden.same_as ?? {})) {
    const [other, tensor] = place.split(':') as [string, string];
    if (!others.has(other)) {
      const beside = join(dirname(relative(file.root, file.path)), `${other}.safetensors`);
      others.set(other, await readGoldenTensors(await findInGoldens(file, beside)));
    }
    recorded.set(name, others.get(other)!.values(tensor));
  }
  return recorded;
}

function compareStage(
  report: CaseReport,
  stage: string,
  actual: ArrayLike<number> | undefined,
  expected: ArrayLike<number>,
): void {
  if (!actual) throw new InputError(`The engine does not show "${stage}".`);
  // The reference reads a prompt once where several pictures are drawn of it.
  const isIds = stage.endsWith('.input_ids');
  report.compare(stage, isIds ? Array.from(actual).slice(0, expected.length) : actual, expected, toleranceOf(stage));
}

function toleranceOf(stage: string): Tolerance {
  if (/input_ids$|timestep$/.test(stage)) return TOLERANCES.exact;
  if (stage.startsWith('noise.')) return TOLERANCES.randomNormals;
  if (stage.endsWith('prompt_embeds')) return TOLERANCES.network;
  if (/^images?_u8/.test(stage)) return TOLERANCES.pictureUint8;
  if (/^images$|^vae_decode\.\d+\.out$/.test(stage)) return TOLERANCES.pictureFloat;
  return TOLERANCES.pipeline;
}

/** RGB pixels as [3, height, width]. */
function toPlanes(pixels: Uint8Array, size: number): Uint8Array {
  return pixels.map((_, i) => pixels[(i % size) * 3 + Math.floor(i / size)]!);
}

/** Decoded values as shares of full colour. */
function clamped(values: ArrayLike<number>): Float32Array {
  return Float32Array.from(values, (value) => Math.min(Math.max(value / 2 + 0.5, 0), 1));
}
