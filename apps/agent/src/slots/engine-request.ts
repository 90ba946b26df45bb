/** From leases to what the engine is asked. */
import { agentProto } from '@atelier/contracts';
import { noiseLevelSchedules, samplerNames, type RenderRequest } from '@atelier/diffusion';
import { isAttemptId } from '../spool/spool.js';

/** Why an assignment is not taken. */
export class Refusal extends Error {
  constructor(
    readonly failureCause: agentProto.FailureCause,
    message: string,
  ) {
    super(message);
  }
}

const invalid = (message: string) => new Refusal(agentProto.FailureCause.FAILURE_CAUSE_INVALID_REQUEST, message);
const unsupported = (message: string) => new Refusal(agentProto.FailureCause.FAILURE_CAUSE_UNSUPPORTED, message);

/** What a node brings to a request. */
export interface Means {
  features: ReadonlySet<string>;
  /** Where the model with this hash lies on this node. */
  pathOf(sha256: string): string | undefined;
}

/** The engine's request for tasks that share a run. Throws a Refusal. */
export function engineRequest(leases: readonly agentProto.Lease[], means: Means): RenderRequest {
  const [first] = leases;
  if (!first?.request) throw invalid('The assignment holds no task.');
  for (const lease of leases) {
    if (!isAttemptId(lease.attemptId)) throw invalid(`"${lease.attemptId}" is no id of an attempt.`);
    if (lease.outputFormat !== '' && lease.outputFormat !== 'png')
      throw unsupported(`This agent writes png, not ${lease.outputFormat}.`);
    if (shared(lease.request) !== shared(first.request))
      throw invalid('The tasks of an assignment differ in more than prompt and seed: they cannot share a run.');
  }
  const { request } = first;
  const lacking = request.requiredFeatures.filter((feature) => !means.features.has(feature));
  if (lacking.length > 0) throw unsupported(`This agent's engine lacks ${lacking.join(', ')}.`);
  return {
    checkpoint: pathOf(request.checkpoint, 'checkpoint', means),
    ...(request.vae && { vae: pathOf(request.vae, 'VAE', means) }),
    loras: request.loras.map(({ model, weight, textEncoderWeight }) => ({
      path: pathOf(model, 'LoRA', means),
      weight,
      textEncoderWeight,
    })),
    width: request.width,
    height: request.height,
    steps: request.steps,
    guidanceScale: request.guidanceScale,
    ...(request.sampler && { sampler: oneOf(samplerNames, request.sampler, 'sampler') }),
    ...(request.schedule && { schedule: oneOf(noiseLevelSchedules, request.schedule, 'schedule') }),
    ...(request.eta !== undefined && { eta: request.eta }),
    rng: oneOf(['cpu', 'gpu'] as const, request.rng || 'cpu', 'rng'),
    clipSkip: request.clipSkip,
    promptSyntax: oneOf(['weighted', 'plain'] as const, request.promptSyntax || 'weighted', 'prompt syntax'),
    pictures: leases.map(({ request }) => ({
      prompt: request!.prompt,
      ...(request!.negativePrompt !== undefined && { negativePrompt: request!.negativePrompt }),
      seed: request!.seed,
    })),
  };
}

/** Everything that tasks of one run have in common. */
function shared(request: agentProto.RenderRequest | undefined): string {
  return JSON.stringify({ ...request, prompt: '', negativePrompt: '', seed: 0, requiredFeatures: [] });
}

function pathOf(model: agentProto.ModelReference | undefined, kind: string, means: Means): string {
  if (!model) throw invalid(`The request names no ${kind}.`);
  const path = means.pathOf(model.sha256);
  if (path === undefined)
    throw unsupported(`The ${kind} ${model.name} (${model.sha256.slice(0, 10)}) is in no model folder of this node.`);
  return path;
}

function oneOf<T extends string>(known: readonly T[], value: string, what: string): T {
  const found = known.find((name) => name === value);
  if (found === undefined)
    throw unsupported(`This agent's engine has no ${what} "${value}"; it has ${known.join(', ')}.`);
  return found;
}
