import { InputError } from '../errors.js';
import { isTiledBySize } from '../networks/tiles-of-size.js';
import { parseSamplerName } from '../samplers/names.js';
import { samplerConfig, samplerNames } from '../samplers/registry.js';
import type { SchedulerConfig } from '../samplers/scheduler-config.js';
import type { Raster } from '../image/raster.js';
import type { ControlNetwork } from './control-network.js';
import type { DiffusionModel } from './model.js';
import { noisePerPicture } from './noise.js';
import { checkAdditions } from './request/additions.js';
import { beginningOf } from './request/beginning.js';
import { editOf, type Edit } from './request/edited.js';
import { enlargedBeginning, largeSize, smallOf } from './request/enlarged.js';
import { checkNumber, checkWhole } from './request/checks.js';
import { followersOf } from './request/followers.js';
import { sdxlSizes, sizeOf } from './request/sizes.js';
import type { Run } from './run.js';
import type { RenderRequest, RenderSettings } from './types.js';
import { variedNoise } from './variation.js';

const MAX_SEED = 2 ** 32 - 1;

/** What a request means for a model: the run, and its settings in the words of requests. */
export interface ResolvedRequest {
  run: Run;
  settings: RenderSettings;
  /** Of editing checkpoints. */
  edit?: Edit;
  /** White where a picture is repainted, of the size that is drawn; absent where nothing of one is kept. */
  repainted?: Raster;
  /** What is made of a drawn picture. */
  finish(picture: Raster): Raster;
}

/** What of a model decides what a request means. */
export type RequestedModel = Pick<DiffusionModel, 'description' | 'deepestClipSkip' | 'unetConfig' | 'vaeConfig'> &
  Partial<Pick<DiffusionModel, 'lowResolutionNoise'>>;

/**
 * Fills in what a request leaves open. Throws InputError for what cannot be.
 *
 * @param networks those of the request's `controls`, opened
 */
export function resolveRequest(
  request: RenderRequest,
  model: RequestedModel,
  networks: readonly ControlNetwork[] = [],
): ResolvedRequest {
  const { pictures, steps, guidanceScale, guidanceRescale = 0, clipSkip = 0, rng = 'cpu' } = request;
  const { description, deepestClipSkip } = model;
  const small = smallOf(request, model);
  const [width, height] = small ? largeSize(small, description) : sizeOf(request, description);
  checkAdditions(request);
  if (pictures.length === 0) throw new InputError('The request asks for no picture.');
  checkNumber('guidanceScale', guidanceScale, 0, 1000);
  checkNumber('guidanceRescale', guidanceRescale, 0, 1);
  checkWhole('clipSkip', clipSkip, 0, deepestClipSkip);
  for (const { seed } of pictures) checkWhole('seed', seed, 0, MAX_SEED);
  if (request.eta !== undefined) checkNumber('eta', request.eta, 0, 1);
  const edit = editOf(request, model, width, height);
  const { start, strength, influences, framing, finish, repainted } = small
    ? enlargedBeginning(request, model, small, width, height)
    : (edit?.beginning ?? beginningOf(request, model, width, height));

  const sampler = request.sampler === undefined ? undefined : parseSamplerName(request.sampler);
  const scheduler = samplerConfig(description.scheduler, sampler, request.schedule);
  const vaeTiling = request.vaeTiling ?? isTiledBySize(model.vaeConfig, height, width);
  const settings: RenderSettings = {
    sampler: samplerNameOf(scheduler),
    schedule: scheduleOf(scheduler),
    ...{ steps, guidanceScale, width, height, clipSkip, rng, vaeTiling },
  };
  const run: Run = {
    prompts: pictures.map(({ prompt, secondPrompt }) => ({ text: prompt, secondText: secondPrompt })),
    negativePrompts: pictures.map(({ negativePrompt, secondNegativePrompt }) =>
      negativePrompt === undefined ? null : { text: negativePrompt, secondText: secondNegativePrompt },
    ),
    ...sdxlSizes(request, description, width, height),
    promptSyntax: request.promptSyntax ?? 'weighted',
    ...{ clipSkip, vaeTiling },
    latentWidth: width / description.sizeMultiple,
    latentHeight: height / description.sizeMultiple,
    ...{ scheduler, steps, guidanceScale, guidanceRescale },
    samplerOptions: { eta: request.eta ?? 0 },
    ...(start && { start, part: { strength } }),
    influences: [...followersOf(request, networks, model, framing), ...influences],
    noise: variedNoise(
      noisePerPicture(
        rng,
        pictures.map(({ seed }) => seed),
      ),
      rng,
      pictures.map(({ variation }) => variation),
    ),
  };
  return { run, settings, finish, ...(repainted && { repainted }), ...(edit && { edit }) };
}

/** The name of the sampler that a configuration stands for. */
export function samplerNameOf(config: SchedulerConfig): string {
  const namesOfClass = samplerNames.filter((name) => samplerConfig(config, name)._class_name === config._class_name);
  const same = (name: (typeof samplerNames)[number]) =>
    JSON.stringify(samplerConfig(config, name)) === JSON.stringify(config);
  return namesOfClass.find(same) ?? namesOfClass[0] ?? config._class_name;
}

/** The name of the noise levels that a configuration asks for. */
export function scheduleOf(config: SchedulerConfig): string {
  if (config.use_karras_sigmas) return 'karras';
  return config.use_exponential_sigmas ? 'exponential' : 'normal';
}
