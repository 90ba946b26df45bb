/**
 * The text that a picture carries in its PNG chunks: a function of the request and the engine's build alone, so that
 * the same picture has the same bytes wherever it was made.
 */
import type { agentProto } from '@atelier/contracts';
import { labelsOf } from '../schema/samplers.js';

/** What the engine filled in where the request leaves it to the checkpoint. */
export interface PictureSettings {
  /** Name of the sampler that ran, such as `dpmpp_2m`. */
  sampler: string;
  schedule: string;
  /** Noise put back in every step, where the sampler has it. */
  eta?: number;
  /** Whether the autoencoder worked tile by tile, which changes pictures a little. */
  vaeTiling?: boolean;
}

/** Keywords of the PNG text chunks with their contents. */
export interface PictureText {
  /** As AUTOMATIC1111 writes it, so that other programs read it. */
  parameters: string;
  /** JSON: everything, unabridged. */
  atelier: string;
}

export function pictureText(
  request: agentProto.RenderRequest,
  settings: PictureSettings,
  engineBuild: string,
): PictureText {
  return { parameters: parameters(request, settings, engineBuild), atelier: ours(request, settings, engineBuild) };
}

function parameters(request: agentProto.RenderRequest, settings: PictureSettings, engineBuild: string): string {
  const { checkpoint, vae, loras, embeddings, refiner, controls } = request;
  const labels = labelsOf(settings.sampler, settings.schedule);
  const begins = request.initImage !== '';
  const masked = request.mask !== '';
  const fields: [string, string | number | undefined][] = [
    ['Steps', request.steps],
    ['Sampler', labels.sampler],
    ['Schedule type', labels.schedule],
    ['CFG scale', request.guidanceScale],
    ['CFG rescale', request.guidanceRescale || undefined],
    ['Seed', request.seed],
    ['Size', `${request.width}x${request.height}`],
    ['Model hash', short(checkpoint?.sha256)],
    ['Model', checkpoint?.name],
    ['VAE hash', short(vae?.sha256)],
    ['VAE', vae?.name],
    ['VAE tiling', settings.vaeTiling ? 'True' : undefined],
    ['Denoising strength', begins ? request.strength : request.hires?.strength],
    ['Mask blur', masked ? request.maskBlur : undefined],
    ['Inpaint area', request.maskedPadding === undefined ? undefined : 'Only masked'],
    ['Masked area padding', request.maskedPadding],
    ['Face restoration', request.faces?.model?.name],
    ...hiresFields(request),
    ['Clip skip', request.clipSkip > 0 ? request.clipSkip + 1 : undefined],
    ['Eta', settings.eta || undefined],
    ['RNG', request.rng === 'gpu' ? undefined : 'CPU'],
    ['Refiner', refiner && `${refiner.model?.name} [${short(refiner.model?.sha256)}]`],
    ['Refiner switch at', refiner?.switchAt],
    ...controls.map((control, i): [string, string] => [`ControlNet ${i}`, controlText(control, request.resize)]),
    ['Lora hashes', hashes(loras)],
    ['TI hashes', hashes(embeddings)],
    ['Version', `Atelier ${engineBuild}`],
  ];
  const tags = loras.map(({ model, weight }) => `<lora:${model?.name}:${weight}>`);
  return [
    [request.prompt, ...tags].join(' ').trim(),
    ...(request.negativePrompt ? [`Negative prompt: ${request.negativePrompt}`] : []),
    fields.flatMap(([key, value]) => (value === undefined ? [] : [`${key}: ${quoted(String(value))}`])).join(', '),
  ].join('\n');
}

function hiresFields({ hires, variation }: agentProto.RenderRequest): [string, string | number | undefined][] {
  return [
    ['Variation seed', variation?.seed],
    ['Variation seed strength', variation?.strength],
    ['Hires upscale', hires?.scale],
    ['Hires steps', hires?.steps],
    ['Hires upscaler', hires && (hires.model?.name ?? (hires.upscaler === 'latent' ? 'Latent' : 'Lanczos'))],
  ];
}

const resizeModes: Record<string, string> = {
  stretch: 'Just Resize',
  crop: 'Crop and Resize',
  pad: 'Resize and Fill',
};

/** As the ControlNet extension of AUTOMATIC1111 writes it. */
function controlText(control: agentProto.Control, resize: string): string {
  const { model, preprocess, low, high, scale, start, end, guess } = control;
  const edges: [string, number][] =
    preprocess === 'canny'
      ? [
          ['Threshold A', low],
          ['Threshold B', high],
        ]
      : [];
  const fields: [string, string | number][] = [
    ['Module', preprocess],
    ['Model', `${model?.name} [${short(model?.sha256)}]`],
    ['Weight', scale],
    ['Resize Mode', resizeModes[resize] ?? resize],
    ...edges,
    ['Guidance Start', start],
    ['Guidance End', end],
    ['Control Mode', guess ? 'ControlNet is more important' : 'Balanced'],
  ];
  return fields.map(([key, value]) => `${key}: ${value}`).join(', ');
}

const short = (sha256: string | undefined) => sha256?.slice(0, 10);

const hashes = (models: readonly { model?: agentProto.ModelReference | undefined }[]) =>
  models.map(({ model }) => `${model?.name}: ${short(model?.sha256)}`).join(', ') || undefined;

/** Values with a separator in them are written as JSON strings, as their reader expects. */
const quoted = (value: string) => (/[,:\n]/.test(value) ? JSON.stringify(value) : value);

const flat = <T extends { model?: agentProto.ModelReference | undefined }>({ model, ...rest }: T) => ({
  ...model,
  ...rest,
});

function ours(request: agentProto.RenderRequest, settings: PictureSettings, engineBuild: string): string {
  return JSON.stringify({
    version: 1,
    prompt: request.prompt,
    negative: request.negativePrompt,
    model: request.checkpoint,
    vae: request.vae,
    loras: request.loras.map(flat),
    sampler: settings.sampler,
    schedule: settings.schedule,
    eta: settings.eta,
    steps: request.steps,
    guidance: request.guidanceScale,
    guidanceRescale: request.guidanceRescale || undefined,
    size: `${request.width}x${request.height}`,
    seed: request.seed,
    rng: request.rng,
    clipSkip: request.clipSkip,
    promptSyntax: request.promptSyntax,
    ...(settings.vaeTiling && { vaeTiling: true }),
    ...conditionsOf(request),
    engine: engineBuild,
  });
}

/** Images by the hashes of their files, and further networks; nothing of what the request is without. */
function conditionsOf(request: agentProto.RenderRequest) {
  const { initImage, mask, maskedPadding, depthMap, controls, refiner, embeddings, safetyChecker } = request;
  return {
    ...(initImage && { initImage, ...(request.strength > 0 && { strength: request.strength }) }),
    ...(request.imageGuidance !== undefined && { imageGuidance: request.imageGuidance }),
    ...(request.noiseLevel !== undefined && { noiseLevel: request.noiseLevel }),
    ...(request.ipAdapters.length > 0 && { ipAdapters: request.ipAdapters }),
    ...(mask && { mask, maskBlur: request.maskBlur }),
    ...(maskedPadding !== undefined && { maskedOnly: { padding: maskedPadding } }),
    ...(request.resize && { resize: request.resize }),
    ...(depthMap && { depthMap }),
    ...(controls.length > 0 && { control: controls.map(flat) }),
    ...(refiner && { refiner: flat(refiner) }),
    ...(request.sdxl && { sdxl: request.sdxl, negativeSdxl: request.negativeSdxl }),
    ...(embeddings.length > 0 && { embeddings: embeddings.map(flat) }),
    ...(safetyChecker && { safetyChecker }),
    ...(request.hires && { hires: request.hires }),
    ...(request.upscale && { upscale: request.upscale }),
    ...(request.faces && { faces: request.faces }),
    ...(request.frames && { frames: request.frames }),
    ...(request.seamless && { seamless: true }),
    ...(request.variation && { variation: request.variation }),
  };
}
