/** From the leases of an assignment to one run of the engine. */
import { assetsOf } from '@atelier/batch';
import type { agentProto } from '@atelier/contracts';
import type { RenderRequest } from '@atelier/diffusion';
import { isAttemptId } from '../spool/spool.js';
import { engineRequest, invalid, unsupported, type PathOf } from './engine-request.js';
import type { Images } from './run-images.js';

/** What a node brings to a request. */
export interface Means {
  features: ReadonlySet<string>;
  pathOf: PathOf;
  /** What draws previews of pictures by the checkpoint with this hash, in place of the colours of latents. */
  previewDecoderOf: PathOf;
}

export interface PlannedRun {
  /** Hashes of the images that the run looks at. */
  assets: string[];
  /** What the engine is asked, once they are there. */
  requestWith(images: Images): RenderRequest;
}

/** The run of tasks that share one. Throws a Refusal. */
export function planRun(leases: readonly agentProto.Lease[], means: Means): PlannedRun {
  const [first] = leases;
  if (!first?.request) throw invalid('The assignment holds no task.');
  for (const lease of leases) {
    if (!isAttemptId(lease.attemptId)) throw invalid(`"${lease.attemptId}" is no id of an attempt.`);
    const format = lease.request?.frames?.format ?? 'png';
    if (lease.outputFormat !== '' && lease.outputFormat !== format)
      throw unsupported(`This agent writes ${format}, not ${lease.outputFormat}.`);
    if (shared(lease.request) !== shared(first.request))
      throw invalid('The tasks of an assignment differ in more than prompt and seed: they cannot share a run.');
  }
  const { request } = first;
  const lacking = request.requiredFeatures.filter((feature) => !means.features.has(feature));
  if (lacking.length > 0) throw unsupported(`This agent's engine lacks ${lacking.join(', ')}.`);
  const others = leases.slice(1).map(({ request }) => request!);
  const requestOf = engineRequest([request, ...others], means.pathOf);
  // The node's own choice, no part of the request: previews change no picture.
  const previewDecoder = request.checkpoint && means.previewDecoderOf(request.checkpoint.sha256);
  return {
    assets: assetsOf(request),
    requestWith: (images) => ({ ...requestOf(images), ...(previewDecoder && { previewDecoder }) }),
  };
}

/** Everything that tasks of one run have in common. Jobs may call a model by different names: its hash tells which it is. */
function shared(request: agentProto.RenderRequest | undefined): string {
  const own = { prompt: '', negativePrompt: '', seed: 0, requiredFeatures: [] };
  return JSON.stringify({ ...request, ...own }, (key, value: unknown) => (key === 'name' ? undefined : value));
}
