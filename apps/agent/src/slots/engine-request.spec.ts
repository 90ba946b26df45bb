import { agentProto } from '@atelier/contracts';
import { expect, test } from 'vitest';
import { engineRequest, Refusal, type Means } from './engine-request.js';

const means: Means = {
  features: new Set(['sampler.lcm', 'loras']),
  pathOf: (sha256) => (sha256 === 'missing' ? undefined : `/models/${sha256}`),
};

function lease(attemptId: string, change: Partial<agentProto.RenderRequest> = {}): agentProto.Lease {
  return {
    attemptId,
    jobId: 'j',
    taskIndex: 0,
    attemptNumber: 1,
    outputFormat: 'png',
    request: {
      checkpoint: { name: 'postcard', sha256: 'c' },
      loras: [],
      prompt: 'a boat',
      width: 64,
      height: 128,
      steps: 4,
      guidanceScale: 1.5,
      sampler: '',
      schedule: '',
      seed: 7,
      rng: 'cpu',
      clipSkip: 0,
      promptSyntax: 'weighted',
      requiredFeatures: [],
      reproducible: false,
      ...change,
    },
  };
}

test('what the request leaves to the checkpoint is left to the engine', () => {
  expect(engineRequest([lease('a')], means)).toEqual({
    checkpoint: '/models/c',
    loras: [],
    width: 64,
    height: 128,
    steps: 4,
    guidanceScale: 1.5,
    rng: 'cpu',
    clipSkip: 0,
    promptSyntax: 'weighted',
    pictures: [{ prompt: 'a boat', seed: 7 }],
  });
});

test('everything that is given is handed on', () => {
  const given = lease('a', {
    vae: { name: 'v', sha256: 'v' },
    loras: [{ model: { name: 'l', sha256: 'l' }, weight: 0.5, textEncoderWeight: 0 }],
    negativePrompt: '',
    sampler: 'lcm',
    schedule: 'normal',
    eta: 0,
    clipSkip: 1,
    requiredFeatures: ['sampler.lcm', 'loras'],
  });
  expect(engineRequest([given], means)).toMatchObject({
    vae: '/models/v',
    loras: [{ path: '/models/l', weight: 0.5, textEncoderWeight: 0 }],
    sampler: 'lcm',
    schedule: 'normal',
    eta: 0,
    clipSkip: 1,
    pictures: [{ prompt: 'a boat', negativePrompt: '', seed: 7 }],
  });
});

test.each([
  ['no task', [], 'INVALID_REQUEST', 'holds no task'],
  ['an id that is a path', [lease('../a')], 'INVALID_REQUEST', 'is no id of an attempt'],
  ['tasks that differ', [lease('a'), lease('b', { steps: 5 })], 'INVALID_REQUEST', 'cannot share a run'],
  ['another format', [{ ...lease('a'), outputFormat: 'webp' }], 'UNSUPPORTED', 'writes png, not webp'],
  ['a feature', [lease('a', { requiredFeatures: ['loras', 'x'] })], 'UNSUPPORTED', 'lacks x.'],
  ['a model', [lease('a', { checkpoint: { name: 'm', sha256: 'missing' } })], 'UNSUPPORTED', 'in no model folder'],
  ['a sampler', [lease('a', { sampler: 'x' })], 'UNSUPPORTED', 'has no sampler "x"; it has ddim,'],
])('refuses %s', (_, leases, cause, sentence) => {
  try {
    engineRequest(leases, means);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal);
    const { failureCause, message } = error as Refusal;
    expect(agentProto.FailureCause[failureCause]).toBe(`FAILURE_CAUSE_${cause}`);
    expect(message).toContain(sentence);
  }
});

test('tasks share a run when only prompt, negative prompt and seed differ', () => {
  const { pictures } = engineRequest([lease('a'), lease('b', { prompt: 'x', negativePrompt: 'y', seed: 8 })], means);
  expect(pictures).toHaveLength(2);
});
