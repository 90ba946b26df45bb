import { agentProto } from '@atelier/contracts';

/** A lease on a small picture of the demo model, or of a model that nobody has. */
export function lease(attemptId: string, change: Partial<agentProto.RenderRequest> = {}): agentProto.Lease {
  return {
    attemptId,
    jobId: 'j',
    taskIndex: 0,
    attemptNumber: 1,
    outputFormat: 'png',
    request: agentProto.RenderRequest.fromPartial({
      checkpoint: { name: 'postcard', sha256: '0'.repeat(64) },
      prompt: 'a red lighthouse by the sea',
      width: 128,
      height: 128,
      steps: 2,
      guidanceScale: 1,
      seed: 7,
      rng: 'cpu',
      ...change,
    }),
  };
}
