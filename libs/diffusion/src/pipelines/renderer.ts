import { pixelSha256 } from '../image/pixel-hash.js';
import type { Target } from '../networks/weights.js';
import { EngineError } from '../runtime/engine-error.js';
import { availableMemory, chooseProvider } from '../runtime/provider.js';
import { SessionCache } from '../runtime/session-cache.js';
import type { SessionOptions } from '../runtime/session.js';
import { openControlNetwork } from './control-network.js';
import { draw } from './draw.js';
import { LatentPreviews } from './latent-previews.js';
import type { DiffusionModel } from './model.js';
import { refuseTooLarge } from './memory.js';
import { OpenModels } from './open-models.js';
import { toPixels } from './pixels.js';
import { PreviewDecoder } from './preview-decoder.js';
import { PromptEncoder } from './prompts.js';
import { drawRefined, partWalk, refinerRequest, refuseOtherLatents, type Refinement } from './refine.js';
import { resolveRequest, type ResolvedRequest } from './settings.js';
import { StageClock } from './stage-clock.js';
import type { PipelineHooks, Run } from './run.js';
import { openSafetyChecker } from './safety-checker.js';
import type {
  EngineDevice,
  LoadedNetwork,
  RefinerRequest,
  RenderedPicture,
  Renderer,
  RendererOptions,
  RenderHooks,
  RenderRequest,
  RenderResult,
} from './types.js';

/** Makes a renderer in this process. Throws EngineError `unsupported` where the provider cannot be had. */
export async function createRenderer(options: RendererOptions = {}): Promise<Renderer> {
  const { device, options: sessionOptions } = await chooseProvider(options);
  return new ModelRenderer(device, sessionOptions);
}

class ModelRenderer implements Renderer {
  private readonly sessions: SessionCache;
  private readonly target: Target;
  private readonly models: OpenModels;
  private readonly encoder = new PromptEncoder();
  private readonly previews = new LatentPreviews();
  private clock = new StageClock();

  constructor(
    readonly device: EngineDevice,
    options: SessionOptions,
  ) {
    const memory = { most: device.memoryBytes, ...(device.provider === 'cpu' && { free: availableMemory }) };
    this.sessions = new SessionCache(options, memory, (load) => this.clock.loading(load));
    this.target = { provider: options.provider, precision: 'F32' };
    this.models = new OpenModels(this.sessions, this.target);
  }

  get loaded(): LoadedNetwork[] {
    return this.sessions.loaded;
  }

  async render(request: RenderRequest, hooks: RenderHooks = {}): Promise<RenderResult> {
    this.clock = new StageClock(hooks.onProgress);
    const { model, run, settings, finish, refiner, checker, decoder } = await this.clock.loading(() =>
      this.prepare(request),
    );
    const hooksOf = (own: DiffusionModel, part: Run) => this.pipelineHooks(own, part, hooks, decoder);
    const { drawing, ...drawn } = refiner
      ? { model: refiner.model, ...(await drawRefined(model, refiner, this.encoder, hooksOf)) }
      : { model, run, drawing: await draw(model, this.encoder, run, hooksOf(model, run)) };
    const pictures: RenderedPicture[] = [];
    for (const values of drawing.pictures) {
      const { width, height } = settings;
      const picture = finish({ width, height, pixels: toPixels(values) });
      checkCancelled(hooks);
      const flagged = (await checker?.(picture))?.flagged;
      const pixelHash = pixelSha256(picture.pixels);
      pictures.push({ ...picture, pixelSha256: pixelHash, ...(flagged !== undefined && { flagged }) });
    }
    this.previews.learn(drawn.model, drawn.run, drawing);
    const warnings = [...model.warnings, ...(refiner?.model.warnings ?? [])];
    return { pictures, settings, warnings, ...this.clock.finish() };
  }

  async release(): Promise<void> {
    await this.sessions.clear();
  }

  /** Opens and checks everything that a request names, before anything is drawn. */
  private async prepare(request: RenderRequest) {
    const { controls = [], refiner, safety, previewDecoder } = request;
    const model = await this.models.open(request);
    const networks = [];
    for (const { path } of controls) networks.push(await openControlNetwork(path, this.sessions, this.target));
    const resolved = resolveRequest(request, model, networks);
    refuseTooLarge(model, resolved.run, this.device);
    return {
      ...{ model, ...resolved },
      refiner: refiner && (await this.openRefiner(request, refiner, model, resolved)),
      decoder:
        previewDecoder === undefined
          ? undefined
          : await PreviewDecoder.open(previewDecoder, model.vaeConfig.latentChannels, this.sessions, this.target),
      checker: safety && (await openSafetyChecker(safety.checker, this.sessions, this.target)),
    };
  }

  private async openRefiner(
    request: RenderRequest,
    refiner: RefinerRequest,
    base: DiffusionModel,
    { run, settings }: ResolvedRequest,
  ): Promise<Refinement> {
    const own = refinerRequest(request, settings);
    const model = await this.models.open(own);
    refuseOtherLatents(base, model, refiner.checkpoint);
    return { model, ...partWalk(refiner, run, resolveRequest(own, model).run) };
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

function checkCancelled({ signal }: RenderHooks): void {
  if (signal?.aborted) throw new EngineError('cancelled', 'the run was cancelled');
}
