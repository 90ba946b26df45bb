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
  const { checkpoint, vae, loras } = request;
  const labels = labelsOf(settings.sampler, settings.schedule);
  const fields: [string, string | number | undefined][] = [
    ['Steps', request.steps],
    ['Sampler', labels.sampler],
    ['Schedule type', labels.schedule],
    ['CFG scale', request.guidanceScale],
    ['Seed', request.seed],
    ['Size', `${request.width}x${request.height}`],
    ['Model hash', short(checkpoint?.sha256)],
    ['Model', checkpoint?.name],
    ['VAE hash', short(vae?.sha256)],
    ['VAE', vae?.name],
    ['Clip skip', request.clipSkip > 0 ? request.clipSkip + 1 : undefined],
    ['Eta', settings.eta || undefined],
    ['RNG', request.rng === 'gpu' ? undefined : 'CPU'],
    ['Lora hashes', loras.map(({ model }) => `${model?.name}: ${short(model?.sha256)}`).join(', ') || undefined],
    ['Version', `Atelier ${engineBuild}`],
  ];
  const tags = loras.map(({ model, weight }) => `<lora:${model?.name}:${weight}>`);
  return [
    [request.prompt, ...tags].join(' ').trim(),
    ...(request.negativePrompt ? [`Negative prompt: ${request.negativePrompt}`] : []),
    fields.flatMap(([key, value]) => (value === undefined ? [] : [`${key}: ${quoted(String(value))}`])).join(', '),
  ].join('\n');
}

const short = (sha256: string | undefined) => sha256?.slice(0, 10);

/** Values with a separator in them are written as JSON strings, as their reader expects. */
const quoted = (value: string) => (/[,:\n]/.test(value) ? JSON.stringify(value) : value);

function ours(request: agentProto.RenderRequest, settings: PictureSettings, engineBuild: string): string {
  return JSON.stringify({
    version: 1,
    prompt: request.prompt,
    negative: request.negativePrompt,
    model: request.checkpoint,
    vae: request.vae,
    loras: request.loras.map(({ model, ...weights }) => ({ ...model, ...weights })),
    sampler: settings.sampler,
    schedule: settings.schedule,
    eta: settings.eta,
    steps: request.steps,
    guidance: request.guidanceScale,
    size: `${request.width}x${request.height}`,
    seed: request.seed,
    rng: request.rng,
    clipSkip: request.clipSkip,
    promptSyntax: request.promptSyntax,
    engine: engineBuild,
  });
}
