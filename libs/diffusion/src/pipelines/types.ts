/** What is asked of a renderer, and what it gives back: the words of the engine's public face. */
import type { FitMode } from '../image/fit.js';
import type { ClipFormat } from '../image/clip-formats.js';
import type { Raster } from '../image/raster.js';
import type { Precision } from '../networks/weights.js';
import type { NoiseLevelSchedule, SamplerName } from '../samplers/registry.js';

export interface LoraRequest {
  /** A `.safetensors` file, or a folder that holds one. */
  path: string;
  /** Multiplies alpha / rank on the UNet. */
  weight: number;
  /** The same on the text encoders. @default weight */
  textEncoderWeight?: number;
}

/** A textual inversion: vectors that a word of the prompts stands for. */
export interface EmbeddingRequest {
  /** A `.safetensors` file, or a folder that holds one. */
  path: string;
  /** The word. @default the one that the file gives, or else the file's name without its ending */
  token?: string;
}

/** A picture that all pictures follow, by what a ControlNet or a T2I-Adapter sees in it. */
export interface ControlRequest {
  /** The ControlNet or T2I-Adapter, a diffusers folder or a single file: its configuration or its tensors tell which. */
  path: string;
  image: Raster;
  /** What is made of `image` before it is followed: `canny` draws its edges. @default 'none' */
  preprocess?: 'none' | 'canny';
  /** Strength of a gradient, 0 to 2040, from which `canny` draws an edge on. @default 100 */
  low?: number;
  /** Strength from which it begins one. @default 200 */
  high?: number;
  /** 0 lets the picture go unseen. @default 1 */
  scale?: number;
  /** Share of the steps, 0 to 1, after which it is followed. @default 0 */
  start?: number;
  /** Share of the steps after which it is followed no more. @default 1 */
  end?: number;
  /** Of ControlNets: sees the picture without a prompt's help, the finer parts less. @default false */
  guess?: boolean;
}

/** Another checkpoint, that goes on where the first leaves off: SDXL's refiner. */
export interface RefinerRequest {
  checkpoint: string;
  /** Share of the noise levels, above 0 and below 1, that the first checkpoint goes. @default 0.8 */
  switchAt?: number;
}

export interface SafetyRequest {
  /** A diffusers folder of a safety checker. */
  checker: string;
}

/** Pictures that what is drawn should be like, beside its text. */
export interface ImagePromptRequest {
  /** The IP-Adapter: a `.safetensors` file, or a folder that holds one. */
  path: string;
  /** The CLIP image encoder that tells it what pictures show: a folder as transformers saves it. */
  encoder: string;
  images: Raster[];
  /** 0 lets the pictures go unseen. @default 1 */
  scale?: number;
}

/** Draws clips in place of pictures. */
export interface FramesRequest {
  /** Motion modules: a diffusers folder, or a `.safetensors` file with the names of AnimateDiff. */
  motion: string;
  /** Frames of a clip, as many as the motion modules know places for. */
  count: number;
  /** Frames a second. @default 8 */
  fps?: number;
  /** @default 'webp' */
  format?: ClipFormat;
}

/** Draws a picture small, enlarges it and draws it again at that size, as AUTOMATIC1111's "hires. fix" does. */
export interface HiresRequest {
  /** How many times larger, above 1 to 8. */
  scale: number;
  /** Of the second drawing. @default steps */
  steps?: number;
  /** Share of these steps that change the enlarged picture, above 0 to 1. @default 0.7 */
  strength?: number;
  /** Enlarges latents, or the picture by a filter or by the upscaler at this path. @default 'latent' */
  upscaler?: 'latent' | 'lanczos' | (string & {});
}

/** Enlarges finished pictures. */
export interface UpscaleRequest {
  /** An upscaler of the ESRGAN family: a `.safetensors` file, or a folder that holds one. @default a Lanczos filter */
  path?: string;
  /** How many times larger, above 1 to 8. @default that of the upscaler, or else 2 */
  scale?: number;
}

/** Restores the faces of finished pictures. */
export interface FacesRequest {
  /** A restorer of the GFPGAN architecture: a `.safetensors` file, or a folder that holds one. */
  path: string;
  /**
   * What finds the faces, RetinaFace: a `.safetensors` file, or a folder that holds one.
   * @default none: the picture as a whole is one face, aligned as those of FFHQ are
   */
  detector?: string;
  /** How much of a restored face shows, above 0 to 1. @default 1 */
  visibility?: number;
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
  /** Turns its noise towards that of another seed: by 0 not at all, by 1 all the way. */
  variation?: { seed: number; strength: number };
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
  embeddings?: EmbeddingRequest[];
  /** A picture to begin from. */
  initImage?: Raster;
  /** Share of the steps that change it, above 0 to 1. @default 0.8, where there is a mask 1 */
  strength?: number;
  /** How `initImage`, `mask`, `depthMap` and the images of `controls` are brought to the size drawn. @default 'crop' */
  resize?: FitMode;
  /**
   * Where `initImage`, of the same size, is repainted: white all, black nothing. With `resize: 'pad'` what is drawn
   * around the picture is repainted as well, also without a mask: so a picture grows beyond its borders.
   */
  mask?: Raster;
  /** Radius of a Gaussian blur of the mask, in its own pixels. @default 0 */
  maskBlur?: number;
  /** Draws only the part around what the mask marks, at the full size, and puts it back: the rest stays to the pixel. */
  maskedOnly?: { /** Pixels of `initImage` to see around it. */ padding: number };
  /** Of depth checkpoints: the brighter, the nearer. */
  depthMap?: Raster;
  controls?: ControlRequest[];
  refiner?: RefinerRequest;
  imagePrompts?: ImagePromptRequest[];
  frames?: FramesRequest;
  hires?: HiresRequest;
  upscale?: UpscaleRequest;
  faces?: FacesRequest;
  /** Draws textures: what leaves a picture at one side comes in at the other. @default false */
  seamless?: boolean;
  /** Of upscalers that draw `initImage` again, larger: how much noise they put on it, from 0 on. @default 20 */
  noiseLevel?: number;
  /**
   * Of checkpoints that change `initImage` as prompts say (instruct-pix2pix): how much the picture outweighs none, from 0 to
   * 100; below 1 nothing is guided. @default 1.5
   */
  imageGuidance?: number;
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
  /** Judges every picture; what it finds is told in `RenderedPicture.flagged`. */
  safety?: SafetyRequest;
  /** Draws previews in place of the colours of latents: a diffusers folder of a small autoencoder, such as TAESD. */
  previewDecoder?: string;
  /**
   * Encodes and decodes tile by tile, which takes less memory and changes pictures a little. @default whether a picture of
   * the size would take the autoencoder more than 7 GiB as a whole, on whatever machine
   */
  vaeTiling?: boolean;
  pictures: PictureRequest[];
}

export interface RenderedPicture {
  width: number;
  height: number;
  /** RGB, row by row, 8 bits a channel. */
  pixels: Uint8Array;
  /** SHA-256 of `pixels`, hex. */
  pixelSha256: string;
  /** Whether the safety checker found what should not be shown; absent where the request names none. */
  flagged?: boolean;
  /** Of a clip, whose first frame the pixels are; `pixelSha256` is that of all its frames one after the other. */
  clip?: RenderedClip;
}

export interface RenderedClip {
  format: ClipFormat;
  frames: number;
  fps: number;
  /** One, or of PNGs one for each frame. */
  files: Uint8Array[];
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
  /** Whether the picture was encoded and decoded tile by tile. */
  vaeTiling: boolean;
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
  /** Keys of the networks that it computed with. */
  networks: string[];
  /** Weights that stayed loaded and had no part in it, bytes. */
  idleBytes: number;
  /** Most memory of the engine's process while it ran, mapped files included, bytes; 0 where nothing tells. */
  peakBytes: number;
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
  /** What networks compute in on it; where that is half precision, what it is too coarse for stays in float32. */
  precision: Precision;
  /** Why this provider, in a sentence. */
  reason: string;
}

export interface RendererOptions {
  /** ONNX Runtime's execution provider, or `auto`: a graphics card that is proved to serve, else the CPU. @default 'auto' */
  provider?: string;
  /** What networks are to compute in. @default 'auto': F16 on graphics cards that compute rightly in it, else F32 */
  precision?: Precision | 'auto';
  /** Threads of the CPU provider. @default as many as there are cores */
  threads?: number;
}

/** A network that is loaded. */
export interface LoadedNetwork {
  /** Tells it from every other: its kind, its variant and its weights. */
  key: string;
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
