/** The keys by which the farm groups work, each a function of the request alone. */
import type { agentProto } from '@atelier/contracts';
import { evaluationsPerStep } from '../schema/samplers.js';

/** What must be equal for tasks to share a loaded model, a price and a run. */
export interface RenderKeys {
  /** What must be loaded: checkpoint, VAE, LoRAs and their weights, ControlNets, adapters, embeddings, refiner, safety checker. */
  residencyKey: string;
  /** What a task costs on a given slot type: residency key, size, steps that are run, network evaluations per step, and what is encoded. */
  costKey: string;
  /** What must be equal for tasks to share a run: all but prompt, negative prompt and seed. */
  batchKey: string;
}

export function renderKeys(request: agentProto.RenderRequest): RenderKeys {
  const { controls, embeddings, refiner, safetyChecker, ipAdapters } = request;
  const residencyKey = [
    request.checkpoint?.sha256,
    `vae=${request.vae?.sha256 ?? 'auto'}`,
    ...request.loras.map(({ model, weight, textEncoderWeight }) => `${model?.sha256}@${weight}/${textEncoderWeight}`),
    ...controls.map(({ model }) => `control=${model?.sha256}`),
    ...ipAdapters.map(({ model, encoder }) => `ip-adapter=${model?.sha256}/${encoder?.sha256}`),
    ...embeddings.map(({ model, token }) => `embedding=${model?.sha256}/${token}`),
    ...(refiner ? [`refiner=${refiner.model?.sha256}`] : []),
    ...(safetyChecker ? [`safety=${safetyChecker.sha256}`] : []),
    ...enlargers(request),
  ].join(' ');
  const costKey = `${residencyKey} ${request.width}x${request.height} ${work(request)}`;
  return { residencyKey, costKey, batchKey: [costKey, method(request), images(request)].join(' ').trim() };
}

/** Networks that make pictures larger, or move. */
const enlargers = ({ hires, upscale, faces, frames }: agentProto.RenderRequest) => [
  ...(hires?.model ? [`hires=${hires.model.sha256}`] : []),
  ...(upscale?.model ? [`upscaler=${upscale.model.sha256}`] : []),
  ...(faces ? [`faces=${faces.model?.sha256}/${faces.detector?.sha256 ?? 'whole'}`] : []),
  ...(frames ? [`motion=${frames.motion?.sha256}`] : []),
];

/** Steps and what each of them takes. */
function work({
  steps,
  strength,
  initImage,
  mask,
  guidanceScale,
  sampler,
  refiner,
  controls,
  hires,
  upscale,
  frames,
  imageGuidance,
}: agentProto.RenderRequest) {
  const guided = guidanceScale > 1 ? (imageGuidance === undefined ? 2 : 3) : 1;
  // At strength 0 the picture is seen, not begun from.
  const run = initImage === '' || strength === 0 ? steps : Math.min(steps, Math.floor(steps * strength));
  return [
    `steps=${run}`,
    `evaluations=${guided * evaluationsPerStep(sampler)}`,
    ...(refiner ? [`switch=${refiner.switchAt}`] : []),
    ...(hires ? [`hires=${hires.scale}/${hires.steps}/${hires.strength}`] : []),
    ...(upscale ? [`upscale=${upscale.scale}`] : []),
    ...(frames ? [`frames=${frames.count}`] : []),
    ...(initImage === '' ? [] : [mask === '' ? 'init' : 'masked']),
    ...controls.map(({ start, end }) => `${start}-${end}`),
  ].join(' ');
}

/** How the steps are done. */
function method(request: agentProto.RenderRequest): string {
  return [
    request.sampler,
    request.schedule,
    request.eta ?? '',
    request.guidanceScale,
    request.rng,
    request.clipSkip,
    request.promptSyntax,
    ...(request.guidanceRescale > 0 ? [`rescale=${request.guidanceRescale}`] : []),
    ...(request.hires ? [request.hires.upscaler] : []),
    ...(request.faces ? [`faces=${request.faces.visibility}`] : []),
    ...(request.frames ? [`${request.frames.fps}/${request.frames.format}`] : []),
    ...(request.seamless ? ['seamless'] : []),
    ...(request.variation ? [`variation=${request.variation.seed}/${request.variation.strength}`] : []),
    ...(request.sdxl ? [JSON.stringify([request.sdxl, request.negativeSdxl])] : []),
  ].join(' ');
}

/** What is looked at while they are done. */
function images(request: agentProto.RenderRequest): string {
  const { initImage, steps, strength, mask, maskBlur, maskedPadding, depthMap, controls, ipAdapters, resize } = request;
  return [
    ...(initImage === '' ? [] : [`init=${initImage}@${strength}/${steps}`]),
    ...(mask === '' ? [] : [`mask=${mask}/${maskBlur}/${maskedPadding ?? ''}`]),
    ...(depthMap === '' ? [] : [`depth=${depthMap}`]),
    ...(request.imageGuidance === undefined ? [] : [`picture=${request.imageGuidance}`]),
    ...(request.noiseLevel === undefined ? [] : [`noise=${request.noiseLevel}`]),
    ...ipAdapters.map(({ image, scale }) => `like=${image}@${scale}`),
    ...controls.map(({ image, preprocess, low, high, scale, guess }) =>
      [`follow=${image}@${scale}`, ...(preprocess === 'none' ? [] : [preprocess, low, high]), guess ? 'guess' : '']
        .filter((part) => part !== '')
        .join('/'),
    ),
    resize,
  ].join(' ');
}
