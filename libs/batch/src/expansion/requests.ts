/** From the settings of a task to its request: everything resolved, nothing left to a default. */
import { features, samplerFeature, type agentProto } from '@atelier/contracts';
import { fault, show } from '../document/faults.js';
import type { Prompt } from '../prompts/prompts.js';
import type { Batch } from '../schema/batch.js';
import type { Lora } from '../schema/settings.js';
import { conditionMaker } from './conditions.js';
import { enlargementMaker } from './enlargement.js';
import type { TaskSettings } from './layers.js';
import { requirePair } from './pairing.js';
import { known, reference } from './resolve.js';
import type { ResolvedCheckpoint, ResolvedImage, ResolvedReferences } from './types.js';

/** What a task's request is made of. */
export interface TaskParts {
  settings: TaskSettings;
  prompt: Prompt;
  seed: number;
}

/** Maker of requests for one job. `weighted`: some prompt or negative prompt of the job uses weights. */
export function requestMaker(batch: Batch, resolved: ResolvedReferences, weighted: boolean) {
  const common = {
    promptSyntax: batch.promptSyntax ?? 'weighted',
    reproducible: batch.reproducible ?? false,
  };
  const format = batch.output?.format ?? 'png';
  const always = [...(weighted ? [features.promptWeights] : []), ...(format === 'png' ? [] : [features[format]])];
  const enlargementOf = enlargementMaker(batch, resolved);

  const conditionsOf = conditionMaker(batch, resolved);

  return ({ settings, prompt, seed }: TaskParts): agentProto.RenderRequest => {
    const { model, vae, sampler = '', schedule = '', rng, clipSkip } = settings;
    if (model === undefined) throw fault('model', 'is missing; give it at the top, in the matrix or as a column.');
    const checkpoint = known(resolved.models, 'model', model);
    const otherVae = vae === undefined || vae === 'auto' ? undefined : known(resolved.vaes, 'VAE', vae);
    if (otherVae) requirePair(otherVae, 'VAE', checkpoint);
    const loras = resolveLoras([...(settings.loras ?? []), ...prompt.loras], resolved, checkpoint);
    const { features: conditionFeatures, ...conditions } = conditionsOf(settings, checkpoint);
    const { features: sizeFeatures, ...enlargement } = enlargementOf(settings.steps, checkpoint);
    const enlarges = checkpoint.purpose === 'upscaling' || batch.noiseLevel !== undefined;
    const small = enlarges ? resolved.images?.get(settings.initImage ?? '') : undefined;
    const { width, height } = small ? enlarged(small, checkpoint) : sizeOf(settings.size, checkpoint);
    return {
      checkpoint: reference(checkpoint),
      vae: otherVae && reference(otherVae),
      loras,
      prompt: prompt.text,
      negativePrompt: settings.negative,
      width,
      height,
      steps: settings.steps,
      guidanceScale: settings.guidance,
      guidanceRescale: settings.guidanceRescale,
      sampler,
      schedule,
      eta: settings.eta,
      seed,
      rng,
      clipSkip,
      ...common,
      ...conditions,
      ...enlargement,
      requiredFeatures: [
        ...(sampler ? [samplerFeature(sampler)] : []),
        ...(loras.length > 0 ? [features.lora] : []),
        ...(otherVae ? [features.vae] : []),
        ...(clipSkip > 0 ? [features.clipSkip] : []),
        ...(rng === 'gpu' ? [features.gpuRandom] : []),
        ...(settings.guidanceRescale > 0 ? [features.guidanceRescale] : []),
        ...conditionFeatures,
        ...sizeFeatures,
        ...always,
      ],
    };
  };
}

function resolveLoras(
  loras: readonly Lora[],
  resolved: ResolvedReferences,
  checkpoint: ResolvedCheckpoint,
): agentProto.Lora[] {
  const seen = new Set<string>();
  return loras.map(({ name, weight = 1, textEncoderWeight = weight }) => {
    const found = known(resolved.loras, 'LoRA', name);
    requirePair(found, 'LoRA', checkpoint);
    const model = reference(found);
    if (seen.has(model.sha256))
      throw fault(
        'loras',
        `apply ${show(name)} twice to one picture; name it once, with the weight that it shall have.`,
      );
    seen.add(model.sha256);
    return { model, weight, textEncoderWeight };
  });
}

/** Size of what an upscaling checkpoint makes of an image, whose sides it cuts: the x4 upscaler to its latents, the first one to 32. */
function enlarged({ width, height }: Pick<ResolvedImage, 'width' | 'height'>, checkpoint: ResolvedCheckpoint) {
  const { architecture, sizeMultiple = 4 } = checkpoint;
  const multiple = architecture === 'ldm' ? 32 : sizeMultiple;
  const side = (pixels: number) => sizeMultiple * Math.max(pixels - (pixels % multiple), multiple);
  return { width: side(width), height: side(height) };
}

function sizeOf(size: string | undefined, checkpoint: { defaultWidth: number; defaultHeight: number }) {
  if (size === undefined) return { width: checkpoint.defaultWidth, height: checkpoint.defaultHeight };
  const [width, height] = size.split('x').map(Number);
  return { width: width!, height: height! };
}
