import type { Checkpoint } from '../../checkpoint/checkpoint.js';
import type { CheckpointDescription } from '../../checkpoint/describe.js';
import { InputError } from '../../errors.js';
import type { Raster } from '../../image/raster.js';
import { parseSamplerName } from '../../samplers/names.js';
import { samplerConfig } from '../../samplers/registry.js';
import { noisePerPicture } from '../noise.js';
import { toPixels } from '../pixels.js';
import { checkNumber, checkWhole } from '../request/checks.js';
import { sizeOf } from '../request/sizes.js';
import { samplerNameOf, scheduleOf } from '../settings.js';
import type { RenderRequest, RenderSettings } from '../types.js';
import type { PipelineHooks } from '../run.js';
import type { Runtime } from './networks.js';
import { openSuperResolution, smallPicture, superResolution, type WalkingRun } from './super-resolution.js';
import { latentTextToImage, openLatentTextToImage } from './text-to-image.js';

const PIPELINES = ['LDMTextToImagePipeline', 'LDMSuperResolutionPipeline'];
const MAX_SEED = 2 ** 32 - 1;

/** What checkpoints of the first latent diffusion can be asked; all else they know nothing of. */
const KNOWN = [
  ...['checkpoint', 'steps', 'guidanceScale', 'sampler', 'schedule', 'eta', 'rng', 'pictures', 'promptSyntax'],
  ...['width', 'height', 'initImage'],
];
const NEUTRAL: Record<string, unknown> = { clipSkip: 0 };

/** Whether a checkpoint is of the first latent diffusion, whose pipelines have networks of their own. */
export function isLatentDiffusion({ pipelineClass }: Pick<Checkpoint, 'pipelineClass'>): boolean {
  return PIPELINES.includes(pipelineClass);
}

/** Draws pictures of a request by a checkpoint of the first latent diffusion. Throws EngineError and InputError. */
export async function renderLatentDiffusion(
  checkpoint: Checkpoint,
  description: CheckpointDescription,
  request: RenderRequest,
  runtime: Runtime,
  hooks: PipelineHooks,
): Promise<{ pictures: Raster[]; settings: RenderSettings }> {
  const { steps, guidanceScale, eta = 0, rng = 'cpu', pictures } = request;
  check(checkpoint, request);
  const sampler = request.sampler === undefined ? undefined : parseSamplerName(request.sampler);
  const scheduler = samplerConfig(checkpoint.scheduler, sampler, request.schedule);
  const noise = noisePerPicture(
    rng,
    pictures.map(({ seed }) => seed),
  );
  const run = { ...{ scheduler, steps, eta, noise }, stepNoise: noise };
  const [drawn, width, height] = request.initImage
    ? await enlarged(checkpoint, request, request.initImage, runtime, run, hooks)
    : await drawnOf(checkpoint, description, request, runtime, run, hooks);
  return {
    pictures: drawn.map((values) => ({ width, height, pixels: toPixels(values) })),
    settings: {
      sampler: samplerNameOf(scheduler),
      schedule: scheduleOf(scheduler),
      ...{ steps, guidanceScale, width, height, clipSkip: 0, rng, vaeTiling: false },
    },
  };
}

type Drawn = [pictures: Float32Array[], width: number, height: number];
async function drawnOf(
  checkpoint: Checkpoint,
  description: CheckpointDescription,
  request: RenderRequest,
  runtime: Runtime,
  run: WalkingRun,
  hooks: PipelineHooks,
): Promise<Drawn> {
  const model = await openLatentTextToImage(checkpoint, runtime);
  const [width, height] = sizeOf(request, description);
  const { factor } = model.decoder;
  const whole = {
    ...run,
    prompts: request.pictures.map(({ prompt }) => prompt),
    latentHeight: height / factor,
    latentWidth: width / factor,
    guidanceScale: request.guidanceScale,
  };
  return [await latentTextToImage(model, runtime, whole, hooks), width, height];
}

/** One small picture, drawn again for each seed. */
async function enlarged(
  checkpoint: Checkpoint,
  request: RenderRequest,
  picture: Raster,
  runtime: Runtime,
  run: WalkingRun,
  hooks: PipelineHooks,
): Promise<Drawn> {
  const count = request.pictures.length;
  const model = await openSuperResolution(checkpoint, runtime);
  const small = smallPicture(picture);
  const { factor } = model.decoder;
  const size = [small.width * factor, small.height * factor] as const;
  refuseOtherSize(size, request);
  const source = new Float32Array(count * small.source.length);
  for (let i = 0; i < count; i++) source.set(small.source, i * small.source.length);
  const drawn = await superResolution(model, runtime, { ...run, ...small, source }, hooks);
  return [drawn, ...size];
}

function check({ pipelineClass }: Checkpoint, request: RenderRequest): void {
  const { steps, guidanceScale, eta, pictures, initImage } = request;
  if (pictures.length === 0) throw new InputError('The request asks for no picture.');
  checkWhole('steps', steps, 1, 1000);
  checkNumber('guidanceScale', guidanceScale, 0, 1000);
  if (eta !== undefined) checkNumber('eta', eta, 0, 1);
  for (const { seed } of pictures) checkWhole('seed', seed, 0, MAX_SEED);
  const unknown = Object.entries(request).find(
    ([key, value]) => isAsked(value) && value !== NEUTRAL[key] && !KNOWN.includes(key),
  );
  if (unknown) {
    throw new InputError(`This checkpoint is of the first latent diffusion, which knows nothing of ${unknown[0]}.`);
  }
  if (pictures.some(({ negativePrompt }) => negativePrompt)) {
    throw new InputError('This checkpoint is of the first latent diffusion, which takes no negative prompt.');
  }
  const enlarges = pipelineClass === 'LDMSuperResolutionPipeline';
  if (enlarges && !initImage) {
    throw new InputError('This checkpoint draws a picture again, larger; the request must have initImage.');
  }
  if (!enlarges && initImage) {
    throw new InputError('This checkpoint of the first latent diffusion draws prompts alone; it takes no initImage.');
  }
}

function refuseOtherSize([wide, high]: readonly [number, number], { width, height }: RenderRequest): void {
  if ((width ?? wide) === wide && (height ?? high) === high) return;
  throw new InputError(
    `This checkpoint enlarges a picture as it is, to ${wide}x${high}; the request cannot ask for ${width ?? wide}x${height ?? high}.`,
  );
}

function isAsked(value: unknown): boolean {
  return value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
}
