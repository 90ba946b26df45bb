import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { InputError } from '../errors.js';
import { decodeImage } from '../image/picture.js';
import type { Raster } from '../image/raster.js';
import { DiffusionModel } from '../pipelines/model.js';
import { noisePerPicture, type NoiseSource } from '../pipelines/noise.js';
import { toPixels } from '../pipelines/pixels.js';
import type { PromptEncoder } from '../pipelines/prompts.js';
import { toSource } from '../pipelines/start.js';
import { textToImage, type TextToImage } from '../pipelines/text-to-image.js';
import type { Trace } from '../pipelines/trace.js';
import { createGenerator } from '../random/generator.js';
import type { SessionCache } from '../runtime/session-cache.js';
import type { Target } from '../networks/weights.js';
import type { SchedulerConfig } from '../samplers/scheduler-config.js';
import { caseRow, readGoldenJson, tensorsOf, type CaseReport, type GoldenRow } from './format.js';
import { compareLatentTextToImage, compareSuperResolution } from './latent-diffusion.js';
import { findInGoldens, goldenName, type GoldenFile } from './places.js';
import { compareMergedWeights } from './merged-weights.js';
import { compareSafety } from './safety-checker.js';
import { compareSingleFile } from './single-file.js';
import { readGoldenTensors, type GoldenTensors } from './tensors.js';
import { TOLERANCES, type Tolerance } from './tolerances.js';
import { compareTiling } from './vae-tiling.js';

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
  embeddings?: { file: string; token: string }[];
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
  height?: number;
  width?: number;
  image?: { png: string } | { tensor: string };
  strength?: number;
  aesthetic_score?: number;
  negative_aesthetic_score?: number;
  denoising_start?: number;
  denoising_end?: number;
  output_type: string;
}

const PIPELINES = ['StableDiffusion', 'StableDiffusionXL', 'LatentConsistencyModel'].flatMap((kind) => [
  `${kind}Pipeline`,
  `${kind}Img2ImgPipeline`,
]);

/** What the reference takes where a call does not say. */
const [STRENGTH, AESTHETIC_SCORE, NEGATIVE_AESTHETIC_SCORE] = [0.8, 6, 2.5];

/** Parts of a case that say how it was made, or that the engine can follow; with any other it cannot be run. */
const KNOWN_KEYS = new Set([
  ...['family', 'case', 'pipeline_class', 'model', 'scheduler', 'seed', 'call', 'loras', 'same_as'],
  ...['model_evaluations', 'random_draws', 'timesteps_used', 'images', 'slim', 'unet.encoder_hidden_states'],
  ...['float32_vs_float64', 'manual_merge_check', 'global_seed'],
  ...['embeddings', 'expanded_prompt', 'added_token_ids'],
]);
const KNOWN_PARAMETERS = new Set([
  ...['prompt', 'negative_prompt', 'num_images_per_prompt', 'num_inference_steps', 'original_inference_steps'],
  ...['prompt_2', 'negative_prompt_2', 'original_size', 'crops_coords_top_left', 'target_size', 'timesteps'],
  ...['image', 'strength', 'aesthetic_score', 'negative_aesthetic_score', 'denoising_start', 'denoising_end'],
  ...['negative_original_size', 'negative_crops_coords_top_left', 'negative_target_size'],
  ...['guidance_scale', 'guidance_rescale', 'eta', 'clip_skip', 'height', 'width', 'output_type'],
]);

/** Families, or single cases, that are no whole pipelines. */
const OTHER_FAMILIES: Record<string, (report: CaseReport, file: GoldenFile, engine: GoldenEngine) => Promise<void>> = {
  'lora/merged-weights': compareMergedWeights,
  'ldm-superres': compareSuperResolution,
  'ldm-text2im': compareLatentTextToImage,
  'ldm-text2im-vq': compareLatentTextToImage,
  'safety-checker': compareSafety,
  'single-file': compareSingleFile,
  'vae-tiling': compareTiling,
};

/** The golden family `pipelines`: one row per file, of all stages that were recorded. */
export async function* runPipelineFile(file: GoldenFile, engine: GoldenEngine): AsyncGenerator<GoldenRow> {
  const [family, ...name] = goldenName(file, 1).split('/');
  yield await caseRow(family!, name.join('/'), async (report) => {
    const other = OTHER_FAMILIES[family!] ?? OTHER_FAMILIES[[family, ...name].join('/')];
    if (other) return other(report, file, engine);
    const golden = await readGoldenJson<PipelineCase>(file.path);
    refuseUnknown(golden);
    const recorded = await readRecorded(file, golden);
    const traced = await trace(golden, file, engine, recorded);
    for (const [stage, expected] of recorded) {
      if (!stage.startsWith('input.')) compareStage(report, stage, traced.get(stage), expected);
    }
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
async function trace(
  golden: PipelineCase,
  file: GoldenFile,
  engine: GoldenEngine,
  recorded: ReadonlyMap<string, ArrayLike<number>>,
) {
  const { sessions, encoder, target } = engine;
  const loras = [];
  for (const { file: path, weight } of golden.loras ?? [])
    loras.push({ path: await findInGoldens(file, path), weight });
  const embeddings = [];
  for (const { file: path, token } of golden.embeddings ?? [])
    embeddings.push({ path: await findInGoldens(file, path), token });
  const checkpoint = await findInGoldens(file, golden.model);
  const model = await DiffusionModel.open({ checkpoint, loras, embeddings }, sessions, target);

  const traced = new Map<string, ArrayLike<number>>();
  const keep: Trace = (name, values) => traced.set(name, values);
  const start = await startOf(golden.call, file, recorded);
  const run = runOf(golden, model, start, keep);
  const { pictures, latents } = await textToImage(model, encoder, run, { trace: keep });
  const bytes = pictures.flatMap((picture) => [...toPlanes(toPixels(picture), picture.length / 3)]);
  return traced
    .set('image_u8.0', bytes)
    .set('images_u8', bytes)
    .set('images', golden.call.output_type === 'latent' ? latents : clamped(traced.get('vae_decode.0.out')!));
}

function runOf(
  { call, scheduler, seed }: PipelineCase,
  model: DiffusionModel,
  picture: Raster | Float32Array | undefined,
  trace: Trace,
): TextToImage {
  const words = wordsOf(call);
  const factor = model.description.sizeMultiple;
  const [height, width] = sizeOf(call, picture, factor);
  const start = picture && 'pixels' in picture ? toSource(picture, width, height, 'stretch') : picture;
  return {
    ...words,
    promptSyntax: 'plain',
    clipSkip: call.clip_skip ?? 0,
    ...sizesOf(call, height, width, model.sizesTold),
    latentHeight: height / factor,
    latentWidth: width / factor,
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
    start,
    part: { strength: start && (call.strength ?? STRENGTH), from: call.denoising_start, to: call.denoising_end },
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

/** The picture or latents that the case begins from. */
async function startOf(
  { image }: PipelineCall,
  file: GoldenFile,
  recorded: ReadonlyMap<string, ArrayLike<number>>,
): Promise<Raster | Float32Array | undefined> {
  if (!image) return undefined;
  if ('tensor' in image) return Float32Array.from(recorded.get(image.tensor)!);
  return decodeImage(await readFile(await findInGoldens(file, image.png)));
}

/** Height and width that are drawn: those of the call, or of the picture in whole latents. */
function sizeOf(call: PipelineCall, start: Raster | Float32Array | undefined, factor: number): [number, number] {
  if (call.height && call.width) return [call.height, call.width];
  if (start && 'pixels' in start) return [start.height - (start.height % factor), start.width - (start.width % factor)];
  // Latents do not tell their sides: those of the goldens are square.
  const side = Math.sqrt(start!.length / 4) * factor;
  return [side, side];
}

/** What SDXL is told of sizes. Text to image takes negative ones only where the original and the target are given. */
function sizesOf(
  call: PipelineCall,
  height: number,
  width: number,
  count: number,
): Pick<TextToImage, 'sizes' | 'negativeSizes'> {
  const size = [height, width];
  const original = [...(call.original_size ?? size), ...(call.crops_coords_top_left ?? [0, 0])];
  const target = call.target_size ?? size;
  const negativeOriginal = call.negative_original_size ?? call.original_size ?? size;
  const negative = [...negativeOriginal, ...(call.negative_crops_coords_top_left ?? [0, 0])];
  if (count === 5) {
    return {
      sizes: [...original, call.aesthetic_score ?? AESTHETIC_SCORE],
      negativeSizes: [...negative, call.negative_aesthetic_score ?? NEGATIVE_AESTHETIC_SCORE],
    };
  }
  const sizes = [...original, ...target];
  if (!call.negative_original_size || !call.negative_target_size) return { sizes };
  return { sizes, negativeSizes: [...negative, ...call.negative_target_size] };
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
  return (shape, what) => shown(generator.randn([what === 'source' ? 1 : pictures, ...shape]));
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
  if (/input_ids$|timestep$|time_ids$/.test(stage)) return TOLERANCES.exact;
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
