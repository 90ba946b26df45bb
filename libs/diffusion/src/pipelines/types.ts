/** What is asked of a renderer, and what it gives back: the words of the engine's public face. */
import type { Raster } from '../image/raster.js';
import type { NoiseLevelSchedule, SamplerName } from '../samplers/registry.js';

export interface LoraRequest {
  /** A `.safetensors` file, or a folder that holds one. */
  path: string;
  /** Multiplies alpha / rank on the UNet. */
  weight: number;
  /** The same on the text encoders. @default weight */
  textEncoderWeight?: number;
}

/** What differs between the pictures of one run. */
export interface PictureRequest {
  prompt: string;
  /** What SDXL's second text encoder is told instead. @default prompt */
  secondPrompt?: string;
  /** Absent differs from `''` only where the model encodes absence as zeros. */
  negativePrompt?: string;
  /** @default negativePrompt */
  secondNegativePrompt?: string;
  /** 0 to 2^32 - 1: the picture's noise is drawn from it alone, whatever else is in the run. */
  seed: number;
}

/** What SDXL is told of a picture that was in its training data. */
export interface SdxlSizes {
  /** Size before it was cropped and scaled, pixels. @default the size that is drawn */
  originalWidth?: number;
  originalHeight?: number;
  /** Where it was cropped. @default 0 */
  cropLeft?: number;
  cropTop?: number;
  /** Size that it was scaled to. @default the size that is drawn */
  targetWidth?: number;
  targetHeight?: number;
  /** Of the refiner, in place of the size that it was scaled to: how much it pleases. @default 6, negative 2.5 */
  aestheticScore?: number;
}

/** One run: pictures that share everything but prompt and seed. */
export interface RenderRequest {
  /** A diffusers folder. */
  checkpoint: string;
  /** Another VAE than the checkpoint's own: a diffusers folder of one. */
  vae?: string;
  loras?: LoraRequest[];
  /** A picture to begin from; it is stretched to the size that is drawn. */
  initImage?: Raster;
  /** Share of the steps that change it, above 0 to 1. @default 0.8 */
  strength?: number;
  /** Pixels, a multiple of 8. @default the size of `initImage` cut to such multiples, or else the checkpoint's own */
  width?: number;
  height?: number;
  steps: number;
  guidanceScale: number;
  /** Pulls the guided prediction's deviation back to the text's (Lin et al. 2023, section 3.4). @default 0 */
  guidanceRescale?: number;
  /** @default the checkpoint's scheduler configuration */
  sampler?: SamplerName;
  schedule?: NoiseLevelSchedule;
  eta?: number;
  /** Whose random numbers torch would have drawn. @default 'cpu' */
  rng?: 'cpu' | 'gpu';
  /** Layers of the text encoder left out at its end. @default 0 */
  clipSkip?: number;
  /** Of SDXL only: sizes to be like, and others to be unlike beside the negative prompt. @default the size drawn */
  sdxl?: SdxlSizes & { negative?: SdxlSizes };
  /** Whether `(text:1.2)` is weight or text. @default 'weighted' */
  promptSyntax?: 'weighted' | 'plain';
  pictures: PictureRequest[];
}

export interface RenderedPicture {
  width: number;
  height: number;
  /** RGB, row by row, 8 bits a channel. */
  pixels: Uint8Array;
  /** SHA-256 of `pixels`, hex. */
  pixelSha256: string;
}

/** What the run really used, defaults filled in. */
export interface RenderSettings {
  /** Name as in the list of samplers, also where the checkpoint's configuration chose it. */
  sampler: string;
  schedule: string;
  steps: number;
  guidanceScale: number;
  width: number;
  height: number;
  clipSkip: number;
  rng: 'cpu' | 'gpu';
}

export interface RenderResult {
  pictures: RenderedPicture[];
  settings: RenderSettings;
  /** What the user should know, a sentence each. */
  warnings: string[];
  secondsLoad: number;
  secondsEncode: number;
  secondsDenoise: number;
  secondsDecode: number;
}

export interface RenderProgress {
  stage: 'load' | 'encode' | 'denoise' | 'decode';
  /** Steps done of `steps`, in `denoise`. */
  step: number;
  steps: number;
}

/** A look at an unfinished picture, small and rough. */
export interface RenderPreview {
  /** Index in the request's `pictures`. */
  picture: number;
  width: number;
  height: number;
  /** RGB, row by row, 8 bits a channel. */
  pixels: Uint8Array;
}

export interface RenderHooks {
  /** Ends the run between two steps; the promise then rejects with code `cancelled`. */
  signal?: AbortSignal;
  onProgress?: (progress: RenderProgress) => void;
  /** Set only while somebody watches, since previews cost time; read anew at each step. */
  onPreview?: ((preview: RenderPreview) => void) | undefined;
}

/** What the engine computes on. */
export interface EngineDevice {
  /** ONNX Runtime's execution provider. */
  provider: string;
  name: string;
  memoryBytes: number;
  /** Why this provider, in a sentence. */
  reason: string;
}

export interface RendererOptions {
  /** @default 'auto' */
  provider?: string;
  /** Threads of the CPU provider. @default as many as there are cores */
  threads?: number;
}

/** A network that is loaded. */
export interface LoadedNetwork {
  /** What it is: `unet`, `text_encoder` or `vae_decoder`. */
  network: string;
  /** Its folder. */
  source: string;
  /** Memory that its weights take. */
  bytes: number;
}

/** Runs pipelines in this process, one at a time, and keeps what it has loaded for the next run. */
export interface Renderer {
  readonly device: EngineDevice;
  /** The networks that are loaded now. */
  readonly loaded: LoadedNetwork[];
  render(request: RenderRequest, hooks?: RenderHooks): Promise<RenderResult>;
  /** Lets go of every loaded network. */
  release(): Promise<void>;
}
