/** From the flags of `atelier render` to a batch, so that one set of rules says what a request may be. */
import { checkBatch, maximumSeed, type Batch } from '@atelier/batch';
import { UsageError } from '../errors.js';
import { wholeNumber } from '../options.js';

export interface RenderFlags {
  negative?: string;
  model?: string;
  steps?: string;
  seed?: string;
  sampler?: string;
  schedule?: string;
  guidance?: string;
  eta?: string;
  size?: string;
  clipSkip?: string;
  rng?: string;
  vae?: string;
  lora?: string[];
  initImage?: string;
  strength?: string;
  mask?: string;
  maskBlur?: string;
  maskedOnly?: string | true;
  resize?: string;
  depthMap?: string;
  control?: string[];
  preprocess?: string;
  ipAdapter?: string[];
  imageEncoder?: string;
  imageGuidance?: string;
  noiseLevel?: string;
  embedding?: string[];
  refiner?: string;
  guidanceRescale?: string;
  hires?: string;
  upscale?: string;
  faces?: string;
  faceDetector?: string;
  motion?: string;
  frames?: string;
  fps?: string;
  seamless?: boolean;
  variation?: string;
  count: string;
}

/** The batch that the flags stand for. Throws UsageError or AtelierError with the sentence for what is wrong. */
export function batchOf(prompt: string, model: string, flags: RenderFlags, clip: string = 'png'): Batch {
  const count = wholeNumber('--count', flags.count, 1);
  const seed = flags.seed === undefined ? drawnSeed() : numberOf('--seed', flags.seed);
  return checkBatch({
    kind: 'Batch',
    name: 'render',
    model,
    // One prompt from the command line is one prompt: its braces are characters.
    prompts: [prompt.replaceAll(/[{}]/g, '\\$&')],
    ...given({
      negative: flags.negative,
      steps: flags.steps && numberOf('--steps', flags.steps),
      sampler: flags.sampler,
      schedule: flags.schedule,
      guidance: flags.guidance && numberOf('--guidance', flags.guidance),
      eta: flags.eta && numberOf('--eta', flags.eta),
      size: flags.size,
      clipSkip: flags.clipSkip && numberOf('--clip-skip', flags.clipSkip),
      rng: flags.rng,
      vae: flags.vae,
      loras: flags.lora?.map(loraOf),
      guidanceRescale: flags.guidanceRescale && numberOf('--guidance-rescale', flags.guidanceRescale),
      ...imageFields(flags),
      embeddings: flags.embedding,
      ...sizeFields(flags, clip),
      refiner: flags.refiner === undefined ? undefined : refinerOf(flags.refiner),
    }),
    matrix: { seed: { from: seed === -1 ? drawnSeed() : seed, count } },
  });
}

const aboutInitImage = ['mask', 'strength', 'maskBlur', 'maskedOnly', 'imageGuidance', 'noiseLevel'] as const;

/** The fields about pictures to begin from and to follow. */
function imageFields(flags: RenderFlags) {
  const { initImage, mask, strength, maskBlur, maskedOnly, resize, depthMap, control, preprocess } = flags;
  const { imageGuidance, noiseLevel } = flags;
  if (initImage === undefined) {
    const idle = aboutInitImage.find((key) => flags[key] !== undefined);
    if (idle) throw new UsageError(`${flagOf(idle)} is about the picture of --init-image, which is missing`);
  }
  return {
    initImage,
    mask,
    strength: strength && numberOf('--strength', strength),
    maskBlur: maskBlur && numberOf('--mask-blur', maskBlur),
    maskedOnly: maskedOnly && (maskedOnly === true ? {} : { padding: numberOf('--masked-only', maskedOnly) }),
    resize,
    depthMap,
    imageGuidance: imageGuidance && numberOf('--image-guidance', imageGuidance),
    noiseLevel: noiseLevel && numberOf('--noise-level', noiseLevel),
    ipAdapters: ipAdaptersOf(flags),
    control: control?.map((text) => ({ ...controlOf(text), ...(preprocess !== undefined && { preprocess }) })),
  };
}

/** The fields about size and motion. `clip`: the ending of the file, which says the format of a clip. */
function sizeFields(flags: RenderFlags, clip: string) {
  const { hires, upscale, motion, frames, fps, seamless, variation } = flags;
  const lone = frames !== undefined ? '--frames' : fps !== undefined ? '--fps' : undefined;
  if (lone && motion === undefined) throw new UsageError(`${lone} is about a clip; --motion names its motion module`);
  const [, seed, strength] = /^(\d+)@(\d*\.?\d+)$/.exec(variation ?? '') ?? [];
  if (variation !== undefined && seed === undefined)
    throw new UsageError(`--variation is "${variation}"; it takes SEED@STRENGTH, such as 7@0.2`);
  return {
    hires: hires && hiresOf(hires),
    upscale: upscale && upscaleOf(upscale),
    faces: facesOf(flags),
    frames: motion && {
      motion,
      ...given({
        count: frames && numberOf('--frames', frames),
        fps: fps && numberOf('--fps', fps),
        format: clip === 'png' ? undefined : clip,
      }),
    },
    seamless,
    variation: seed && { seed: Number(seed), strength: Number(strength) },
  };
}

/** `SCALE` or `SCALE@UPSCALER`. */
function hiresOf(text: string) {
  const [scale, ...upscaler] = text.split('@');
  return { scale: numberOf('--hires', scale!), ...(upscaler.length > 0 && { upscaler: upscaler.join('@') }) };
}

/** `NAME` or `NAME@SCALE`. */
function upscaleOf(text: string) {
  const [, model, scale] = /^(.+)@(\d*\.?\d+)$/.exec(text) ?? [];
  return model === undefined ? { model: text } : { model, scale: Number(scale) };
}

/** `NAME` or `NAME@VISIBILITY`. */
function facesOf({ faces, faceDetector: detector }: RenderFlags) {
  if (detector !== undefined && faces === undefined)
    throw new UsageError('--face-detector is about the faces of --faces, which is missing');
  if (faces === undefined) return undefined;
  const [, model, visibility] = /^(.+)@(\d*\.?\d+)$/.exec(faces) ?? [];
  return given({
    model: model ?? faces,
    visibility: visibility === undefined ? undefined : Number(visibility),
    detector,
  });
}

const flagOf = (key: string) => `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** `NAME=FILE` or `NAME=FILE@SCALE` each, all with one image encoder. */
function ipAdaptersOf({ ipAdapter, imageEncoder: encoder }: RenderFlags) {
  if (encoder !== undefined && !ipAdapter)
    throw new UsageError('--image-encoder is about the pictures of --ip-adapter, which is missing');
  if (ipAdapter && encoder === undefined)
    throw new UsageError('--ip-adapter needs --image-encoder, the CLIP image encoder that it was made for');
  return ipAdapter?.map((text) => ({ ...controlOf(text, '--ip-adapter'), encoder }));
}

/** `NAME=FILE` or `NAME=FILE@SCALE`; an @ that no number follows belongs to the file's name. */
export function controlOf(text: string, flag = '--control'): { model: string; image: string; scale?: number } {
  const [, model, rest] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (model === undefined || rest === undefined)
    throw new UsageError(`${flag} is "${text}"; it takes NAME=FILE or NAME=FILE@SCALE`);
  const [, image, scale] = /^(.+)@(\d*\.?\d+)$/.exec(rest) ?? [];
  return image === undefined ? { model, image: rest } : { model, image, scale: Number(scale) };
}

/** `NAME` or `NAME@SWITCH`. */
function refinerOf(text: string): { model: string; switchAt?: number } {
  const [, model, switchAt] = /^(.+)@(\d*\.?\d+)$/.exec(text) ?? [];
  return model === undefined ? { model: text } : { model, switchAt: Number(switchAt) };
}

/** `NAME` or `NAME@WEIGHT`. */
export function loraOf(text: string): { name: string; weight?: number } {
  const [, name, weight] = /^(.+)@([^@]*)$/.exec(text) ?? [];
  return name === undefined ? { name: text } : { name, weight: numberOf('--lora', weight!, text) };
}

function numberOf(flag: string, text: string, whole = text): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number))
    throw new UsageError(
      `${flag} is "${whole}"; ${flag === '--lora' ? 'it takes NAME or NAME@WEIGHT' : 'it must be a number'}`,
    );
  return number;
}

const drawnSeed = () => Math.floor(Math.random() * (maximumSeed + 1));

const given = (fields: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
