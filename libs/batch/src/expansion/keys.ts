/** The keys by which the farm groups work, each a function of the request alone. */
import type { agentProto } from '@atelier/contracts';
import { evaluationsPerStep } from '../schema/samplers.js';

/** What must be equal for tasks to share a loaded model, a price and a run. */
export interface RenderKeys {
  /** What must be loaded: checkpoint, VAE, LoRAs and their weights. */
  residencyKey: string;
  /** What a task costs on a given slot type: residency key, size, steps, network evaluations per step. */
  costKey: string;
  /** What must be equal for tasks to share a run: all but prompt, negative prompt and seed. */
  batchKey: string;
}

export function renderKeys(request: agentProto.RenderRequest): RenderKeys {
  const loras = request.loras.map(
    ({ model, weight, textEncoderWeight }) => `${model?.sha256}@${weight}/${textEncoderWeight}`,
  );
  const residencyKey = [request.checkpoint?.sha256, `vae=${request.vae?.sha256 ?? 'auto'}`, ...loras].join(' ');
  const guided = request.guidanceScale > 1 ? 2 : 1;
  const evaluations = guided * evaluationsPerStep(request.sampler);
  const costKey = `${residencyKey} ${request.width}x${request.height} steps=${request.steps} evaluations=${evaluations}`;
  const method = [
    request.sampler,
    request.schedule,
    request.eta ?? '',
    request.guidanceScale,
    request.rng,
    request.clipSkip,
  ];
  return { residencyKey, costKey, batchKey: [costKey, ...method, request.promptSyntax].join(' ') };
}
