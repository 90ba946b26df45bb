import { pixelSha256 } from '../image/pixel-hash.js';
import { EngineError } from '../runtime/engine-error.js';
import { chooseProvider } from '../runtime/provider.js';
import { SessionCache } from '../runtime/session-cache.js';
import type { SessionOptions } from '../runtime/session.js';
import { LatentPreviews } from './latent-previews.js';
import type { DiffusionModel } from './model.js';
import { OpenModels } from './open-models.js';
import { toPixels } from './pixels.js';
import { PromptEncoder } from './prompts.js';
import { resolveRequest } from './settings.js';
import { StageClock } from './stage-clock.js';
import { draw } from './draw.js';
import type { PipelineHooks, Run } from './run.js';
import type {
  EngineDevice,
  LoadedNetwork,
  RenderedPicture,
  Renderer,
  RendererOptions,
  RenderHooks,
  RenderRequest,
  RenderResult,
} from './types.js';

/** Share of the memory that the weights of loaded networks may take: what they compute needs some, too. */
const WEIGHT_SHARE = 0.5;

/** Makes a renderer in this process. Throws EngineError `unsupported` where the provider cannot be had. */
export async function createRenderer(options: RendererOptions = {}): Promise<Renderer> {
  const { device, options: sessionOptions } = await chooseProvider(options);
  return new ModelRenderer(device, sessionOptions);
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
  ) {
    this.sessions = new SessionCache(options, device.memoryBytes * WEIGHT_SHARE, (load) => this.clock.loading(load));
    this.models = new OpenModels(this.sessions, { provider: options.provider, precision: 'F32' });
  }

  get loaded(): LoadedNetwork[] {
    return this.sessions.loaded;
  }

  async render(request: RenderRequest, hooks: RenderHooks = {}): Promise<RenderResult> {
    this.clock = new StageClock(hooks.onProgress);
    const model = await this.clock.loading(() => this.models.open(request));
    const { run, settings } = resolveRequest(request, model);
    const drawing = await draw(model, this.encoder, run, this.pipelineHooks(model, run, hooks));
    const pictures = drawing.pictures.map((values): RenderedPicture => {
      const pixels = toPixels(values);
      return { width: settings.width, height: settings.height, pixels, pixelSha256: pixelSha256(pixels) };
    });
    this.previews.learn(model, run, drawing);
    return { pictures, settings, warnings: [...model.warnings], ...this.clock.finish() };
  }

  async release(): Promise<void> {
    await this.sessions.clear();
  }

  private pipelineHooks(model: DiffusionModel, run: Run, hooks: RenderHooks): PipelineHooks {
    return {
      onProgress: (progress) => this.clock.enter(progress),
      checkCancelled: () => {
        if (hooks.signal?.aborted) throw new EngineError('cancelled', 'the run was cancelled');
      },
      onPrediction: async (latents) => {
        if (!hooks.onPreview) return;
        for (const preview of await this.previews.draw(model, run, latents)) hooks.onPreview?.(preview);
      },
    };
  }
}
