import { openCheckpoint, type Checkpoint } from '../checkpoint/checkpoint.js';
import { describeCheckpoint } from '../checkpoint/describe.js';
import type { TensorLocation } from '../checkpoint/weight-files.js';
import { pixelSha256 } from '../image/pixel-hash.js';
import type { Raster } from '../image/raster.js';
import type { Target } from '../networks/weights.js';
import { EngineError } from '../runtime/engine-error.js';
import { chooseProvider, memoryLimit } from '../runtime/provider.js';
import { SessionCache } from '../runtime/session-cache.js';
import type { SessionOptions } from '../runtime/session.js';
import { openControlNetwork, type ControlNetwork } from './control-network.js';
import { drawClips } from './draw-clips.js';
import { drawEdited } from './draw-edited.js';
import { draw, type Drawing } from './draw.js';
import { openFaceRestorer } from './faces/face-restorer.js';
import { hiresSize, secondRequest, secondRun } from './hires.js';
import { openImageEncoder } from './image-adapter.js';
import { imagePrompts, type ImagePrompt } from './influences/image-prompts.js';
import { isLatentDiffusion, renderLatentDiffusion } from './latent-diffusion/render.js';
import { LatentPreviews } from './latent-previews.js';
import type { DiffusionModel } from './model.js';
import { refuseTooLarge } from './memory.js';
import { nameCulprit } from './name-culprit.js';
import { OpenModels } from './open-models.js';
import { toPixels } from './pixels.js';
import { PreviewDecoder } from './preview-decoder.js';
import { PromptEncoder } from './prompts.js';
import {
  drawRefined,
  partWalk,
  refinerRequest,
  refuseNoisySurroundings,
  refuseOtherLatents,
  type Refinement,
} from './refine.js';
import { modelRequestOf } from './request/additions.js';
import { resolveRequest, type ResolvedRequest } from './settings.js';
import { StageClock } from './stage-clock.js';
import type { PipelineHooks, Run } from './run.js';
import { openSafetyChecker } from './safety-checker.js';
import type {
  EngineDevice,
  FramesRequest,
  HiresRequest,
  LoadedNetwork,
  RefinerRequest,
  RenderedPicture,
  Renderer,
  RendererOptions,
  RenderHooks,
  RenderRequest,
  RenderResult,
} from './types.js';
import { openUpscaler, upscaled, type Upscaler } from './upscaler.js';

/** Makes a renderer in this process. Throws EngineError `unsupported` where the provider cannot be had. */
export async function createRenderer(options: RendererOptions = {}): Promise<Renderer> {
  const { device, options: sessionOptions, target } = await chooseProvider(options);
  return new ModelRenderer(device, sessionOptions, target);
}

/** A request, checked, with everything that it names open. */
interface Prepared extends ResolvedRequest {
  model: DiffusionModel;
  networks: readonly ControlNetwork[];
  /** What the pictures should be like. */
  likeness: readonly ImagePrompt[];
  refiner: Refinement | undefined;
  decoder: PreviewDecoder | undefined;
  checker: Awaited<ReturnType<typeof openSafetyChecker>> | undefined;
  /** What enlarges a picture before it is drawn a second time. */
  hiresUpscaler: Upscaler | undefined;
  /** What is made of a finished picture: a larger one, with restored faces. */
  finishing(picture: Raster, hooks: RenderHooks): Promise<Raster>;
}

class ModelRenderer implements Renderer {
  private readonly sessions: SessionCache;
  private readonly models: OpenModels;
  private readonly encoder = new PromptEncoder();
  private readonly previews = new LatentPreviews();
  private clock = new StageClock();

  constructor(
    readonly device: EngineDevice,
    options: SessionOptions,
    private readonly target: Target,
  ) {
    this.sessions = new SessionCache(options, memoryLimit(device), (load) => this.clock.loading(load));
    this.models = new OpenModels(this.sessions, this.target);
  }

  get loaded(): LoadedNetwork[] {
    return this.sessions.loaded;
  }

  async render(request: RenderRequest, hooks: RenderHooks = {}): Promise<RenderResult> {
    this.clock = new StageClock(hooks.onProgress);
    this.sessions.begin();
    const checkpoint = await this.clock.loading(() => openCheckpoint(request.checkpoint));
    if (isLatentDiffusion(checkpoint)) return this.renderFirst(checkpoint, request, hooks);
    const prepared = await this.clock.loading(() => this.prepare(request));
    const { model, settings, refiner } = prepared;
    const pictures = await this.renderPrepared(request, prepared, hooks);
    const warnings = [...model.warnings, ...(refiner?.model.warnings ?? [])];
    return { pictures, settings, warnings, ...this.finish() };
  }

  async release(): Promise<void> {
    await this.sessions.clear();
  }

  /** What a run took. Only the process that it runs in alone can tell its memory. */
  private finish() {
    return { ...this.clock.finish(), ...this.sessions.part, peakBytes: 0 };
  }

  private async renderPrepared(
    request: RenderRequest,
    prepared: Prepared,
    hooks: RenderHooks,
  ): Promise<RenderedPicture[]> {
    try {
      return request.frames
        ? await this.renderClips(request.frames, prepared, hooks)
        : await this.renderPictures(request, prepared, hooks);
    } catch (error) {
      throw await nameCulprit(error, () => tensorsOf(prepared));
    }
  }

  /** Draws by a checkpoint of the first latent diffusion. */
  private async renderFirst(checkpoint: Checkpoint, request: RenderRequest, hooks: RenderHooks): Promise<RenderResult> {
    const description = await describeCheckpoint(request.checkpoint);
    const { sessions, target } = this;
    const drawn = await renderLatentDiffusion(
      checkpoint,
      description,
      request,
      { sessions, target },
      { onProgress: (progress) => this.clock.enter(progress), checkCancelled: () => checkCancelled(hooks) },
    ).catch(async (error: unknown) => {
      throw await nameCulprit(error, () => tensorsOfCheckpoint(checkpoint));
    });
    const pictures = drawn.pictures.map((picture) => ({ ...picture, pixelSha256: pixelSha256(picture.pixels) }));
    return { pictures, settings: drawn.settings, warnings: [], ...this.finish() };
  }

  private async renderPictures(
    request: RenderRequest,
    prepared: Prepared,
    hooks: RenderHooks,
  ): Promise<RenderedPicture[]> {
    const { model, run, settings, finish, refiner, decoder } = prepared;
    const hooksOf = (own: DiffusionModel, part: Run) => this.pipelineHooks(own, part, hooks, decoder);
    const drawn = refiner
      ? { model: refiner.model, ...(await drawRefined(model, refiner, this.encoder, hooksOf)) }
      : { model, run, drawing: await this.drawOnce(prepared, hooksOf(model, run)) };
    const { width, height } = settings;
    const rasters = drawn.drawing.pictures.map((values) => ({ width, height, pixels: toPixels(values) }));
    const last = request.hires
      ? await this.drawAgain(request, request.hires, prepared, { ...drawn.drawing, rasters }, hooks)
      : rasters.map(finish);
    this.previews.learn(drawn.model, drawn.run, drawn.drawing);
    const pictures: RenderedPicture[] = [];
    for (const raster of last) {
      checkCancelled(hooks);
      const picture = await prepared.finishing(raster, hooks);
      const flagged = (await prepared.checker?.(picture))?.flagged;
      const pixelHash = pixelSha256(picture.pixels);
      pictures.push({ ...picture, pixelSha256: pixelHash, ...(flagged !== undefined && { flagged }) });
    }
    return pictures;
  }

  private drawOnce({ model, run, edit }: Prepared, hooks: PipelineHooks): Promise<Drawing> {
    return edit
      ? drawEdited(model, this.encoder, run, edit.picture, edit.scale, hooks)
      : draw(model, this.encoder, run, hooks);
  }

  /** Draws each picture a second time, larger. */
  private async drawAgain(
    request: RenderRequest,
    hires: HiresRequest,
    { model, run, networks, likeness, decoder, settings, hiresUpscaler }: Prepared,
    { latents, rasters }: { latents: Float32Array; rasters: Raster[] },
    hooks: RenderHooks,
  ): Promise<Raster[]> {
    const size = hiresSize(hires, settings, model.description.sizeMultiple);
    const larger: Raster[] = [];
    for (const [i, picture] of rasters.entries()) {
      const again = resolveRequest(secondRequest(request, hires, i, size), model, networks);
      settings.vaeTiling ||= again.settings.vaeTiling;
      const own = latents.length / rasters.length;
      const first = { latents: latents.subarray(i * own, (i + 1) * own), picture };
      const plain = withLikeness(again.run, likeness);
      const options = { seamless: request.seamless, checkCancelled: () => checkCancelled(hooks) };
      const second = await secondRun(hires, first, run, plain, size, hiresUpscaler, options);
      const drawing = await draw(model, this.encoder, second, this.pipelineHooks(model, second, hooks, decoder));
      larger.push({ ...size, pixels: toPixels(drawing.pictures[0]!) });
    }
    return larger;
  }

  private async renderClips(
    { count, fps = 8, format = 'webp' }: FramesRequest,
    { model, run, settings, finishing, checker }: Prepared,
    hooks: RenderHooks,
  ): Promise<RenderedPicture[]> {
    const { frames } = await drawClips(model, this.encoder, run, count, this.pipelineHooks(model, run, hooks));
    // The image library is loaded only where it is needed: it takes memory.
    const { encodeClip } = await import('../image/clip.js');
    const clips: RenderedPicture[] = [];
    for (let i = 0; i < frames.length; i += count) {
      const rasters: Raster[] = [];
      for (const values of frames.slice(i, i + count)) {
        checkCancelled(hooks);
        const { width, height } = settings;
        rasters.push(await finishing({ width, height, pixels: toPixels(values) }, hooks));
      }
      let flagged: boolean | undefined;
      for (const raster of rasters) if (checker) flagged = (flagged ?? false) || (await checker(raster)).flagged;
      clips.push({
        ...rasters[0]!,
        pixelSha256: pixelSha256(Buffer.concat(rasters.map(({ pixels }) => pixels))),
        ...(flagged !== undefined && { flagged }),
        clip: { format, fps, frames: count, files: await encodeClip(rasters, fps, format) },
      });
    }
    return clips;
  }

  /** Opens and checks everything that a request names, before anything is drawn. */
  private async prepare(request: RenderRequest): Promise<Prepared> {
    const {
      controls = [],
      imagePrompts: asked = [],
      refiner,
      safety,
      previewDecoder,
      upscale,
      faces,
      hires,
      frames,
    } = request;
    const model = await this.models.open(modelRequestOf(request));
    const networks = [];
    for (const { path } of controls) networks.push(await openControlNetwork(path, this.sessions, this.target));
    const resolved = resolveRequest(request, model, networks);
    if (hires) {
      const size = hiresSize(hires, resolved.settings, model.description.sizeMultiple);
      const { run: second } = resolveRequest(secondRequest(request, hires, 0, size), model, networks);
      refuseTooLarge(model, second, this.device, { networks });
    }
    refuseTooLarge(model, resolved.run, this.device, { networks, ...(frames && { frames: frames.count }) });
    const likeness: ImagePrompt[] = [];
    for (const { encoder, images: pictures, scale = 1 } of asked) {
      likeness.push({ encoder: await openImageEncoder(encoder, this.sessions, this.target), pictures, scale });
    }
    const upscaler = upscale?.path === undefined ? undefined : await this.openUpscaler(upscale.path);
    const restorer = faces && (await openFaceRestorer(faces, this.sessions, this.target));
    const isFile = hires?.upscaler !== undefined && hires.upscaler !== 'latent' && hires.upscaler !== 'lanczos';
    return {
      ...{ model, networks, likeness, ...resolved, run: withLikeness(resolved.run, likeness) },
      hiresUpscaler: isFile ? await this.openUpscaler(hires.upscaler!) : undefined,
      finishing: async (picture, hooks) => {
        const options = { seamless: request.seamless, checkCancelled: () => checkCancelled(hooks) };
        const larger = upscale ? await upscaled(picture, upscale.scale, upscaler, options) : picture;
        return restorer ? restorer.restore(picture, larger, options.checkCancelled) : larger;
      },
      refiner: refiner && (await this.openRefiner(request, refiner, model, resolved)),
      decoder:
        previewDecoder === undefined
          ? undefined
          : await PreviewDecoder.open(previewDecoder, model.vaeConfig.latentChannels, this.sessions, this.target),
      checker: safety && (await openSafetyChecker(safety.checker, this.sessions, this.target)),
    };
  }

  private openUpscaler(path: string): Promise<Upscaler> {
    return openUpscaler(path, this.sessions, this.target);
  }

  private async openRefiner(
    request: RenderRequest,
    refiner: RefinerRequest,
    base: DiffusionModel,
    resolved: ResolvedRequest,
  ): Promise<Refinement> {
    refuseNoisySurroundings(base, resolved);
    const own = refinerRequest(request, resolved.settings);
    const model = await this.models.open(modelRequestOf(own));
    refuseOtherLatents(base, model, refiner.checkpoint);
    const { run } = resolveRequest(own, model);
    refuseTooLarge(model, run, this.device);
    return { model, ...partWalk(refiner, resolved, run) };
  }

  private pipelineHooks(model: DiffusionModel, run: Run, hooks: RenderHooks, decoder?: PreviewDecoder): PipelineHooks {
    return {
      onProgress: (progress) => this.clock.enter(progress),
      checkCancelled: () => checkCancelled(hooks),
      onPrediction: async (latents) => {
        if (!hooks.onPreview) return;
        for (const preview of await this.previews.draw(model, run, latents, decoder)) hooks.onPreview?.(preview);
      },
    };
  }
}

/** Every tensor that a prepared request's networks compute with. */
async function tensorsOf({ model, refiner, networks, likeness }: Prepared): Promise<TensorLocation[]> {
  const seeing = [...model.imageAdapters, ...likeness.map(({ encoder }) => encoder)];
  return [
    ...(await model.tensors()),
    ...((await refiner?.model.tensors()) ?? []),
    ...[...networks, ...seeing].flatMap(({ weights }) => [...weights.tensors.values()]),
  ];
}

/** Every tensor of a checkpoint's networks. */
async function tensorsOfCheckpoint({ components }: Checkpoint): Promise<TensorLocation[]> {
  const networks = ['bert', 'unet', 'vqvae'].flatMap((name) => components.get(name) ?? []);
  const weights = await Promise.all(networks.map((network) => network.openWeights()));
  return weights.flatMap(({ tensors }) => [...tensors.values()]);
}

function withLikeness(run: Run, likeness: readonly ImagePrompt[]): Run {
  return likeness.length === 0 ? run : { ...run, influences: [...(run.influences ?? []), imagePrompts(likeness)] };
}

function checkCancelled({ signal }: RenderHooks): void {
  if (signal?.aborted) throw new EngineError('cancelled', 'the run was cancelled');
}
