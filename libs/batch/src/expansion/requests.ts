/** From the settings of a task to its request: everything resolved, nothing left to a default. */
import { AtelierError, features, samplerFeature, type agentProto } from '@atelier/contracts';
import { fault, show } from '../document/faults.js';
import type { Prompt } from '../prompts/prompts.js';
import type { Batch } from '../schema/batch.js';
import type { Lora } from '../schema/settings.js';
import type { TaskSettings } from './layers.js';
import type { ResolvedModel, ResolvedReferences } from './types.js';

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

  return ({ settings, prompt, seed }: TaskParts): agentProto.RenderRequest => {
    const { model, vae, sampler = '', schedule = '', rng, clipSkip } = settings;
    if (model === undefined) throw fault('model', 'is missing; give it at the top, in the matrix or as a column.');
    const checkpoint = known(resolved.models, 'model', model);
    const ownVae = vae === undefined || vae === 'auto';
    const loras = resolveLoras([...(settings.loras ?? []), ...prompt.loras], resolved);
    const { width, height } = sizeOf(settings.size, checkpoint);
    return {
      checkpoint: reference(checkpoint),
      vae: ownVae ? undefined : reference(known(resolved.vaes, 'VAE', vae)),
      loras,
      prompt: prompt.text,
      negativePrompt: settings.negative,
      width,
      height,
      steps: settings.steps,
      guidanceScale: settings.guidance,
      sampler,
      schedule,
      eta: settings.eta,
      seed,
      rng,
      clipSkip,
      ...common,
      requiredFeatures: [
        ...(sampler ? [samplerFeature(sampler)] : []),
        ...(loras.length > 0 ? [features.lora] : []),
        ...(ownVae ? [] : [features.vae]),
        ...(clipSkip > 0 ? [features.clipSkip] : []),
        ...(rng === 'gpu' ? [features.gpuRandom] : []),
        ...always,
      ],
    };
  };
}

const reference = ({ name, sha256 }: ResolvedModel) => ({ name, sha256 });

function known<T>(resolved: ReadonlyMap<string, T>, kind: string, name: string): T {
  const found = resolved.get(name);
  if (!found)
    throw new AtelierError('unknown_model', `The ${kind} ${show(name)} is in no folder of ATELIER_MODELS.`, name);
  return found;
}

function resolveLoras(loras: readonly Lora[], resolved: ResolvedReferences): agentProto.Lora[] {
  const seen = new Set<string>();
  return loras.map(({ name, weight = 1, textEncoderWeight = weight }) => {
    const model = reference(known(resolved.loras, 'LoRA', name));
    if (seen.has(model.sha256))
      throw fault(
        'loras',
        `apply ${show(name)} twice to one picture; name it once, with the weight that it shall have.`,
      );
    seen.add(model.sha256);
    return { model, weight, textEncoderWeight };
  });
}

function sizeOf(size: string | undefined, checkpoint: { defaultWidth: number; defaultHeight: number }) {
  if (size === undefined) return { width: checkpoint.defaultWidth, height: checkpoint.defaultHeight };
  const [width, height] = size.split('x').map(Number);
  return { width: width!, height: height! };
}
