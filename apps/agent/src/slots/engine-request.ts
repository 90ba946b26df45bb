/** From requests of the farm to what the engine is asked: models become paths of this machine, images pixels. */
import { agentProto } from '@atelier/contracts';
import {
  noiseLevelSchedules,
  samplerNames,
  type ControlRequest,
  type ImagePromptRequest,
  type Raster,
  type RenderRequest,
  type SdxlSizes,
} from '@atelier/diffusion';
import { Refusal } from './refusal.js';
import type { Images } from './run-images.js';

const { FailureCause } = agentProto;

export const invalid = (message: string) => new Refusal(FailureCause.FAILURE_CAUSE_INVALID_REQUEST, message);
export const unsupported = (message: string) => new Refusal(FailureCause.FAILURE_CAUSE_UNSUPPORTED, message);

/** Where the model with this hash lies on this machine. */
export type PathOf = (sha256: string) => string | undefined;

/**
 * The engine's request for tasks that share a run and differ in prompt and seed alone, once their images are there.
 * Throws a Refusal at once for what this machine does not have or know.
 */
export function engineRequest(
  requests: readonly [agentProto.RenderRequest, ...agentProto.RenderRequest[]],
  pathOf: PathOf,
): (images: Images) => RenderRequest {
  const [request] = requests;
  const path = (model: agentProto.ModelReference | undefined, kind: string) => locate(model, kind, pathOf);
  const { vae, refiner, safetyChecker } = request;
  const plain: RenderRequest = {
    checkpoint: path(request.checkpoint, 'checkpoint'),
    ...(vae && { vae: path(vae, 'VAE') }),
    loras: request.loras.map(({ model, weight, textEncoderWeight }) => ({
      path: path(model, 'LoRA'),
      weight,
      textEncoderWeight,
    })),
    ...(request.embeddings.length > 0 && {
      embeddings: request.embeddings.map(({ model, token }) => ({ path: path(model, 'embedding'), token })),
    }),
    ...(refiner && { refiner: { checkpoint: path(refiner.model, 'refiner'), switchAt: refiner.switchAt } }),
    ...enlargement(request, path),
    ...(safetyChecker && { safety: { checker: path(safetyChecker, 'safety checker') } }),
    // Checkpoints that are told a noise level draw several times the size of their picture.
    ...(request.noiseLevel === undefined
      ? { width: request.width, height: request.height }
      : { noiseLevel: request.noiseLevel }),
    ...(request.imageGuidance !== undefined && { imageGuidance: request.imageGuidance }),
    steps: request.steps,
    guidanceScale: request.guidanceScale,
    ...(request.guidanceRescale > 0 && { guidanceRescale: request.guidanceRescale }),
    ...(request.sampler && { sampler: oneOf(samplerNames, request.sampler, 'sampler') }),
    ...(request.schedule && { schedule: oneOf(noiseLevelSchedules, request.schedule, 'schedule') }),
    ...(request.eta !== undefined && { eta: request.eta }),
    rng: oneOf(['cpu', 'gpu'], request.rng || 'cpu', 'rng'),
    clipSkip: request.clipSkip,
    ...(request.sdxl && { sdxl: { ...sizes(request.sdxl), negative: sizes(request.negativeSdxl ?? request.sdxl) } }),
    promptSyntax: oneOf(['weighted', 'plain'], request.promptSyntax || 'weighted', 'prompt syntax'),
    ...(request.resize && { resize: oneOf(['stretch', 'crop', 'pad'], request.resize, 'way to resize') }),
    pictures: requests.map(({ prompt, negativePrompt, seed }) => ({
      prompt,
      ...(negativePrompt !== undefined && { negativePrompt }),
      seed,
      ...(request.variation && { variation: request.variation }),
    })),
  };
  const controls = request.controls.map((control) => ({ ...controlOf(control), path: path(control.model, 'control') }));
  const likeness = request.ipAdapters.map(({ model, encoder, scale }) => ({
    path: path(model, 'IP-Adapter'),
    encoder: path(encoder, 'image encoder'),
    scale,
  }));
  return (images) => ({ ...plain, ...withImages(request, controls, likeness, images) });
}

/** What makes pictures larger, or clips of them. */
function enlargement({ hires, upscale, faces, frames, seamless }: agentProto.RenderRequest, path: Locate) {
  return {
    ...(hires && {
      hires: {
        ...{ scale: hires.scale, steps: hires.steps, strength: hires.strength },
        upscaler: hires.model ? path(hires.model, 'upscaler') : hires.upscaler,
      },
    }),
    ...(upscale && {
      upscale: { ...(upscale.model && { path: path(upscale.model, 'upscaler') }), scale: upscale.scale },
    }),
    ...(faces && {
      faces: {
        path: path(faces.model, 'restorer of faces'),
        ...(faces.detector && { detector: path(faces.detector, 'detector of faces') }),
        visibility: faces.visibility,
      },
    }),
    ...(frames && {
      frames: {
        ...{ motion: path(frames.motion, 'motion module'), count: frames.count, fps: frames.fps },
        format: oneOf(['gif', 'webp', 'mp4'], frames.format, 'format of clips'),
      },
    }),
    ...(seamless && { seamless }),
  };
}

type Locate = (model: agentProto.ModelReference | undefined, kind: string) => string;
type Control = Omit<ControlRequest, 'image'>;
type Likeness = Omit<ImagePromptRequest, 'images'>;

/** What of a request needs pixels. */
function withImages(
  request: agentProto.RenderRequest,
  controls: readonly Control[],
  likeness: readonly Likeness[],
  images: Images,
) {
  const { initImage, strength, mask, maskBlur, maskedPadding, depthMap } = request;
  const imageOf = (sha256: string): Raster => {
    const image = images.get(sha256);
    if (!image) throw invalid(`The image ${sha256.slice(0, 12)} was not brought.`);
    return image;
  };
  return {
    ...(initImage && { initImage: imageOf(initImage), ...(strength > 0 && { strength }) }),
    ...(mask && { mask: imageOf(mask), ...(maskBlur > 0 && { maskBlur }) }),
    ...(maskedPadding !== undefined && { maskedOnly: { padding: maskedPadding } }),
    ...(depthMap && { depthMap: imageOf(depthMap) }),
    ...(likeness.length > 0 && {
      imagePrompts: likeness.map((one, i) => ({ ...one, images: [imageOf(request.ipAdapters[i]!.image)] })),
    }),
    ...(controls.length > 0 && {
      controls: controls.map((control, i) => ({ ...control, image: imageOf(request.controls[i]!.image) })),
    }),
  };
}

function controlOf({ preprocess, low, high, scale, start, end, guess }: agentProto.Control): Omit<Control, 'path'> {
  const how = oneOf(['none', 'canny'], preprocess || 'none', 'preprocessor');
  return { preprocess: how, ...(how === 'canny' && { low, high }), scale, start, end, guess };
}

/** Without what the request leaves open. */
const sizes = (given: agentProto.SdxlSizes): SdxlSizes =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));

function locate(model: agentProto.ModelReference | undefined, kind: string, pathOf: PathOf): string {
  if (!model) throw invalid(`The request names no ${kind}.`);
  const path = pathOf(model.sha256);
  if (path === undefined)
    throw unsupported(`The ${kind} ${model.name} (${model.sha256.slice(0, 10)}) is in no model folder of this node.`);
  return path;
}

function oneOf<const T extends string>(known: readonly T[], value: string, what: string): T {
  const found = known.find((name) => name === value);
  if (found === undefined)
    throw unsupported(`This agent's engine has no ${what} "${value}"; it has ${known.join(', ')}.`);
  return found;
}
