import type { CheckpointDescription } from '../checkpoint/describe.js';
import { InputError } from '../errors.js';
import { parseSamplerName } from '../samplers/names.js';
import { samplerConfig, samplerNames } from '../samplers/registry.js';
import type { SchedulerConfig } from '../samplers/scheduler-config.js';
import type { DiffusionModel } from './model.js';
import { noisePerPicture } from './noise.js';
import type { Run } from './run.js';
import { fromPicture, toSource } from './start.js';
import type { RenderRequest, RenderSettings, SdxlSizes } from './types.js';

/** Longest side of a picture, in pixels. */
const LONGEST_SIDE = 16_384;
const MAX_SEED = 2 ** 32 - 1;

/** Fields that the engine does not follow. */
const NOT_FOLLOWED = [
  ...['mask', 'maskBlur', 'maskedOnly', 'depthMap', 'controls', 'refiner', 'safety'],
  ...['previewDecoder', 'vaeTiling'],
] as (keyof RenderRequest)[];

/** What a request means for a model: the run, and its settings in the words of requests. */
export interface ResolvedRequest {
  run: Run;
  settings: RenderSettings;
}

/** Fills in what a request leaves open. Throws InputError for what cannot be. */
export function resolveRequest(
  request: RenderRequest,
  model: Pick<DiffusionModel, 'description' | 'deepestClipSkip'>,
): ResolvedRequest {
  const { pictures, steps, guidanceScale, guidanceRescale = 0, clipSkip = 0, rng = 'cpu', strength = 0.8 } = request;
  const { description, deepestClipSkip } = model;
  const [width, height] = sizeOf(request, description);
  refuseNotFollowed(request);
  if (pictures.length === 0) throw new InputError('The request asks for no picture.');
  checkNumber('guidanceScale', guidanceScale, 0, 1000);
  checkNumber('guidanceRescale', guidanceRescale, 0, 1);
  checkWhole('clipSkip', clipSkip, 0, deepestClipSkip);
  for (const { seed } of pictures) checkWhole('seed', seed, 0, MAX_SEED);
  if (request.strength !== undefined && !request.initImage) {
    throw new InputError('strength says how much of an initImage is changed, and the request has none.');
  }
  checkNumber('strength', strength, 0, 1);
  if (request.eta !== undefined) checkNumber('eta', request.eta, 0, 1);

  const sampler = request.sampler === undefined ? undefined : parseSamplerName(request.sampler);
  const scheduler = samplerConfig(description.scheduler, sampler, request.schedule);
  const settings: RenderSettings = {
    sampler: samplerNameOf(scheduler),
    schedule: scheduleOf(scheduler),
    ...{ steps, guidanceScale, width, height, clipSkip, rng },
  };
  const run: Run = {
    prompts: pictures.map(({ prompt, secondPrompt }) => ({ text: prompt, secondText: secondPrompt })),
    negativePrompts: pictures.map(({ negativePrompt, secondNegativePrompt }) =>
      negativePrompt === undefined ? null : { text: negativePrompt, secondText: secondNegativePrompt },
    ),
    ...sdxlSizes(request, description, width, height),
    promptSyntax: request.promptSyntax ?? 'weighted',
    clipSkip,
    latentWidth: width / description.sizeMultiple,
    latentHeight: height / description.sizeMultiple,
    ...{ scheduler, steps, guidanceScale, guidanceRescale },
    samplerOptions: { eta: request.eta ?? 0 },
    ...(request.initImage && {
      start: fromPicture(toSource(request.initImage, width, height, request.resize)),
      part: { strength },
    }),
    noise: noisePerPicture(
      rng,
      pictures.map(({ seed }) => seed),
    ),
  };
  return { run, settings };
}

function refuseNotFollowed(request: RenderRequest): void {
  const field = NOT_FOLLOWED.find((field) => request[field] !== undefined);
  if (field) throw new InputError(`The engine does not follow "${field}" of a request.`);
}

function sizeOf(request: RenderRequest, description: CheckpointDescription): [number, number] {
  const { sizeMultiple, defaultWidth, defaultHeight } = description;
  const whole = (side: number) => Math.max(side - (side % sizeMultiple), sizeMultiple);
  const { initImage } = request;
  const { width = initImage ? whole(initImage.width) : defaultWidth } = request;
  const { height = initImage ? whole(initImage.height) : defaultHeight } = request;
  for (const side of [width, height]) {
    if (!Number.isInteger(side) || side < 1 || side > LONGEST_SIDE || side % description.sizeMultiple !== 0) {
      throw new InputError(
        `The size ${width}x${height} is not possible; both sides must be multiples of ${description.sizeMultiple} up to ${LONGEST_SIDE}.`,
      );
    }
  }
  return [width, height];
}

/** The numbers that SDXL is told of sizes. */
function sdxlSizes(
  { sdxl }: RenderRequest,
  { architecture }: CheckpointDescription,
  width: number,
  height: number,
): Pick<Run, 'sizes' | 'negativeSizes'> {
  const isRefiner = architecture === 'sdxl-refiner';
  if (architecture !== 'sdxl' && !isRefiner) {
    if (sdxl) throw new InputError(`Sizes of SDXL mean nothing to this checkpoint, which is of ${architecture}.`);
    return {};
  }
  const numbers = (sizes: SdxlSizes, score: number) => {
    const { originalWidth = width, originalHeight = height, targetWidth = width, targetHeight = height } = sizes;
    const { cropLeft = 0, cropTop = 0, aestheticScore = score } = sizes;
    const known = { originalHeight, originalWidth, cropTop, cropLeft, targetHeight, targetWidth };
    for (const [name, value] of Object.entries(known)) checkWhole(name, value, 0, LONGEST_SIDE);
    checkNumber('aestheticScore', aestheticScore, 0, 10);
    const before = [originalHeight, originalWidth, cropTop, cropLeft];
    return isRefiner ? [...before, aestheticScore] : [...before, targetHeight, targetWidth];
  };
  return { sizes: numbers(sdxl ?? {}, 6), negativeSizes: numbers(sdxl?.negative ?? sdxl ?? {}, 2.5) };
}

/** The name of the sampler that a configuration stands for. */
function samplerNameOf(config: SchedulerConfig): string {
  const namesOfClass = samplerNames.filter((name) => samplerConfig(config, name)._class_name === config._class_name);
  const same = (name: (typeof samplerNames)[number]) =>
    JSON.stringify(samplerConfig(config, name)) === JSON.stringify(config);
  return namesOfClass.find(same) ?? namesOfClass[0] ?? config._class_name;
}

function scheduleOf(config: SchedulerConfig): string {
  if (config.use_karras_sigmas) return 'karras';
  return config.use_exponential_sigmas ? 'exponential' : 'normal';
}

function checkNumber(name: string, value: number, least: number, most: number): void {
  if (!(value >= least && value <= most)) {
    throw new InputError(`${name} ${value} is not possible; allowed are numbers from ${least} to ${most}.`);
  }
}

function checkWhole(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new InputError(`${name} ${value} is not possible; allowed are whole numbers from ${least} to ${most}.`);
  }
}
