import { toGray, type Raster } from '../image/raster.js';
import { maskedRegion } from '../image/mask.js';
import { toSignedTensor } from '../image/tensor.js';
import type { ControlNetwork } from '../pipelines/control-network.js';
import { enlarge, smallSource, USUAL_NOISE_LEVEL } from '../pipelines/enlarge.js';
import { framed, putBack, type Framing } from '../pipelines/framing.js';
import type { Influence } from '../pipelines/influence.js';
import { adapters } from '../pipelines/influences/adapters.js';
import { controlNets } from '../pipelines/influences/controlnets.js';
import { depth } from '../pipelines/influences/depth.js';
import { keptSurroundings } from '../pipelines/influences/kept-surroundings.js';
import { inpaint } from '../pipelines/inpaint.js';
import type { DiffusionModel } from '../pipelines/model.js';
import type { Run } from '../pipelines/run.js';
import { fromKeptLatents, fromLatents, fromPicture, type SourcePicture } from '../pipelines/start.js';
import type { Trace } from '../pipelines/trace.js';
import { defaultsOf, type PipelineCall, type PipelineCase } from './pipeline-case.js';
import { tracedNoise } from './pipeline-noise.js';
import type { CasePictures } from './pipeline-pictures.js';

/** The pipeline that draws a small picture again, larger. */
const UPSCALER = 'StableDiffusionUpscalePipeline';

/** What the reference takes where a call does not say. */
const [AESTHETIC_SCORE, NEGATIVE_AESTHETIC_SCORE] = [6, 2.5];

/** The run that a case describes, and what becomes of a drawn picture. */
export interface CaseRun {
  run: Run;
  finish(picture: Raster): Raster;
}

export function runOf(
  golden: PipelineCase,
  model: DiffusionModel,
  networks: readonly ControlNetwork[],
  pictures: CasePictures,
  trace: Trace,
): CaseRun {
  const { call, scheduler, seed } = golden;
  const words = wordsOf(call);
  const factor = model.description.sizeMultiple;
  const small = golden.pipeline_class === UPSCALER ? smallSource(pictures.followed[0]!, factor) : undefined;
  const framing = small ? largeFraming(small, factor) : framingOf(call, pictures, factor);
  const { width, height } = framing;
  const { steps = 50, guidance = 7.5 } = defaultsOf(golden);
  const strength = pictures.start && (call.strength ?? defaultsOf(golden).strength);
  const run: Run = {
    ...words,
    promptSyntax: 'plain',
    clipSkip: call.clip_skip ?? 0,
    ...sizesOf(golden, height, width, model.sizesTold),
    latentHeight: height / factor,
    latentWidth: width / factor,
    scheduler,
    steps: call.num_inference_steps ?? call.timesteps?.length ?? steps,
    samplerOptions: {
      eta: call.eta ?? 0,
      originalSteps: call.original_inference_steps,
      timesteps: call.timesteps,
    },
    guidanceScale: call.guidance_scale ?? guidance,
    guidanceRescale: call.guidance_rescale ?? 0,
    noise: tracedNoise(seed, words.prompts.length, trace),
    part: { strength, from: call.denoising_start, to: call.denoising_end },
    ...(small
      ? enlarged(model, small, call)
      : beginningOf(model, pictures, framing, strength ?? 1, followersOf(golden, networks, pictures, framing))),
  };
  const { region } = framing;
  const { start, mask } = pictures;
  return {
    run,
    finish: (picture) => (region ? putBack(start as Raster, picture, toGray(mask!), region) : picture),
  };
}

function largeFraming({ width, height }: SourcePicture, factor: number): Framing {
  return { width: width * factor, height: height * factor, mode: 'stretch' };
}

/** How a case of an upscaler begins. */
function enlarged(
  model: DiffusionModel,
  small: SourcePicture,
  { noise_level: level = USUAL_NOISE_LEVEL }: PipelineCall,
): Pick<Run, 'start' | 'influences'> {
  const { start, influence } = enlarge(model, small, level);
  return { start, influences: [influence] };
}

/** What a case begins from, and what has influence on it in the order in which the reference draws random numbers. */
function beginningOf(
  model: DiffusionModel,
  { start, mask, depth: map }: CasePictures,
  framing: Framing,
  strength: number,
  followers: readonly Influence[],
): Pick<Run, 'start' | 'influences'> {
  const influences = [...followers];
  if (map) {
    // Tensors do not tell their sides here: those of the goldens are square.
    const side = Math.sqrt(map.length);
    influences.push(depth({ values: map, width: side, height: side }));
  }
  if (!start) return { influences };
  if (!('pixels' in start)) {
    if (!mask) return { start: fromLatents(start), influences };
    return {
      start: fromKeptLatents(start),
      influences: [...influences, keptSurroundings(framed(toGray(mask), framing))],
    };
  }
  const { width, height } = framing;
  const picture = { values: toSignedTensor(framed(start, framing)), width, height };
  if (!mask) return { start: fromPicture(picture), influences };
  const repainted = inpaint(model, picture, framed(toGray(mask), framing), strength);
  return { start: repainted.start, influences: [...influences, repainted.influence] };
}

/** What follows pictures: each network its own. */
function followersOf(
  golden: PipelineCase,
  networks: readonly ControlNetwork[],
  { followed }: CasePictures,
  framing: Framing,
): Influence[] {
  const { call } = golden;
  const { scale = 1 } = defaultsOf(golden);
  const nets = [];
  const others = [];
  for (const [k, network] of networks.entries()) {
    const picture = framed(followed[k]!, framing);
    if (network.kind === 'controlnet') {
      nets.push({
        ...{ network, picture },
        scale: ofNetwork(k, call.controlnet_conditioning_scale) ?? scale,
        start: ofNetwork(k, call.control_guidance_start) ?? 0,
        end: ofNetwork(k, call.control_guidance_end) ?? 1,
        guess: call.guess_mode ?? false,
      });
    } else {
      const end = call.adapter_conditioning_factor ?? 1;
      others.push({
        ...{ network, picture, start: 0, end },
        scale: ofNetwork(k, call.adapter_conditioning_scale) ?? scale,
      });
    }
  }
  return [...(nets.length > 0 ? [controlNets(nets)] : []), ...(others.length > 0 ? [adapters(others)] : [])];
}

/** One value is for all networks. */
function ofNetwork(k: number, values: number | number[] | undefined): number | undefined {
  return Array.isArray(values) ? values[k] : values;
}

/** How the reference brings pictures to the size that is drawn: that of the call, or of the picture in whole latents. */
function framingOf(
  { height, width, padding_mask_crop: padding }: PipelineCall,
  pictures: CasePictures,
  factor: number,
): Framing {
  const size = height && width ? { height, width } : sizeOf(pictures, factor);
  const { mask } = pictures;
  const region = mask && padding !== undefined && maskedRegion(toGray(mask), size.width, size.height, padding);
  return { ...size, mode: 'stretch', ...(region && { region }) };
}

function sizeOf({ start, followed: [first] }: CasePictures, factor: number): { height: number; width: number } {
  const picture = start ?? first!;
  if ('pixels' in picture) {
    const whole = (side: number) => side - (side % factor);
    return { height: whole(picture.height), width: whole(picture.width) };
  }
  // Latents do not tell their sides: those of the goldens are square.
  const side = Math.sqrt(picture.length / 4) * factor;
  return { height: side, width: side };
}

/** A prompt for all pictures, or one for each `num_images_per_prompt` of them. */
function wordsOf(call: PipelineCall): Pick<Run, 'prompts' | 'negativePrompts'> {
  const perPrompt = call.num_images_per_prompt ?? 1;
  const pictures = [call.prompt].flat().length * perPrompt;
  const textOf = (texts: string | string[] | null | undefined, picture: number) =>
    Array.isArray(texts) ? texts[Math.floor(picture / perPrompt)] : (texts ?? undefined);
  return {
    prompts: Array.from({ length: pictures }, (_, i) => ({
      text: textOf(call.prompt, i)!,
      secondText: textOf(call.prompt_2, i),
    })),
    negativePrompts: Array.from({ length: pictures }, (_, i) => {
      const text = textOf(call.negative_prompt, i);
      return text === undefined ? null : { text, secondText: textOf(call.negative_prompt_2, i) };
    }),
  };
}

/**
 * What SDXL is told of sizes. Pipelines that begin from noise take negative ones only where the original and the target
 * are given; the others fill them in, and tell the same crop in both.
 */
function sizesOf(
  golden: PipelineCase,
  height: number,
  width: number,
  count: number,
): Pick<Run, 'sizes' | 'negativeSizes'> {
  const { call } = golden;
  const size = [height, width];
  const original = [...(call.original_size ?? size), ...(call.crops_coords_top_left ?? [0, 0])];
  const target = call.target_size ?? size;
  const negativeOriginal = call.negative_original_size ?? call.original_size ?? size;
  const negative = [...negativeOriginal, ...(call.negative_crops_coords_top_left ?? [0, 0])];
  if (count === 5) {
    return {
      sizes: [...original, call.aesthetic_score ?? AESTHETIC_SCORE],
      negativeSizes: [...negative, call.negative_aesthetic_score ?? NEGATIVE_AESTHETIC_SCORE],
    };
  }
  const sizes = [...original, ...target];
  const given = call.negative_original_size && call.negative_target_size;
  if (defaultsOf(golden).strength !== undefined) {
    const cropped = call.crops_coords_top_left ?? [0, 0];
    return { sizes, negativeSizes: [...negativeOriginal, ...cropped, ...(call.negative_target_size ?? target)] };
  }
  return given ? { sizes, negativeSizes: [...negative, ...call.negative_target_size!] } : { sizes };
}
