import { agentProto } from '@atelier/contracts';
import { expect, test } from 'vitest';
import { planRun, type Means } from './plan-run.js';
import { Refusal } from './refusal.js';
import type { Images } from './run-images.js';

const means: Means = {
  features: new Set(['sampler.lcm', 'loras']),
  pathOf: (sha256) => (sha256 === 'missing' ? undefined : `/models/${sha256}`),
  previewDecoderOf: (sha256) => (sha256 === 'shown' ? '/models/decoder' : undefined),
};

const lease = (attemptId: string, change: Partial<agentProto.RenderRequest> = {}): agentProto.Lease => ({
  attemptId,
  jobId: 'j',
  taskIndex: 0,
  attemptNumber: 1,
  outputFormat: 'png',
  request: agentProto.RenderRequest.fromPartial({
    checkpoint: { name: 'postcard', sha256: 'c' },
    prompt: 'a boat',
    width: 64,
    height: 128,
    steps: 4,
    guidanceScale: 1.5,
    seed: 7,
    rng: 'cpu',
    promptSyntax: 'weighted',
    ...change,
  }),
});
const requestOf = (leases: agentProto.Lease[], images: Images = new Map()) =>
  planRun(leases, means).requestWith(images);

test('what the request leaves to the checkpoint is left to the engine', () => {
  expect(requestOf([lease('a')])).toEqual({
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

test('a checkpoint that a preview decoder of this node fits is shown by it', () => {
  const { previewDecoder } = requestOf([lease('a', { checkpoint: { name: 'postcard', sha256: 'shown' } })]);
  expect(previewDecoder).toBe('/models/decoder');
});

test('tasks share a run whatever their jobs call its models', () => {
  const other = lease('b', { checkpoint: { name: 'postcard-v1', sha256: 'c' }, seed: 8 });
  expect(requestOf([lease('a'), other]).pictures).toHaveLength(2);
  expect(() => requestOf([lease('a'), lease('b', { checkpoint: { name: 'postcard', sha256: 'd' } })])).toThrow(
    /differ/,
  );
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
  expect(requestOf([given])).toMatchObject({
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
    planRun(leases, means);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal);
    const { failureCause, message } = error as Refusal;
    expect(agentProto.FailureCause[failureCause]).toBe(`FAILURE_CAUSE_${cause}`);
    expect(message).toContain(sentence);
  }
});

test('tasks share a run when only prompt, negative prompt and seed differ', () => {
  const { pictures } = requestOf([lease('a'), lease('b', { prompt: 'x', negativePrompt: 'y', seed: 8 })]);
  expect(pictures).toHaveLength(2);
});

test('images come in by their hashes, further networks by their paths', () => {
  const image = (shade: number) => ({ width: 1, height: 1, pixels: new Uint8Array(3).fill(shade) });
  const images = new Map([1, 2, 3, 4].map((shade) => [`h${shade}`, image(shade)]));
  const given = lease('a', {
    initImage: 'h1',
    strength: 0.5,
    mask: 'h2',
    maskBlur: 4,
    maskedPadding: 0,
    resize: 'pad',
    depthMap: 'h3',
    controls: [
      agentProto.Control.fromPartial({
        model: { name: 'n', sha256: 'n' },
        image: 'h4',
        preprocess: 'canny',
        low: 1,
        high: 2,
        scale: 0.5,
        end: 1,
      }),
    ],
    refiner: { model: { name: 'r', sha256: 'r' }, switchAt: 0.7 },
    embeddings: [{ model: { name: 'e', sha256: 'e' }, token: 'e' }],
    safetyChecker: { name: 's', sha256: 's' },
    guidanceRescale: 0.7,
    sdxl: { originalWidth: 8, aestheticScore: 7 },
    negativeSdxl: { originalWidth: 8, aestheticScore: 2.5 },
  });
  expect(planRun([given], means).assets).toEqual(['h1', 'h2', 'h3', 'h4']);
  expect(requestOf([given], images)).toMatchObject({
    initImage: image(1),
    strength: 0.5,
    mask: image(2),
    maskBlur: 4,
    maskedOnly: { padding: 0 },
    resize: 'pad',
    depthMap: image(3),
    controls: [
      { path: '/models/n', image: image(4), preprocess: 'canny', low: 1, high: 2, scale: 0.5, start: 0, end: 1 },
    ],
    refiner: { checkpoint: '/models/r', switchAt: 0.7 },
    embeddings: [{ path: '/models/e', token: 'e' }],
    safety: { checker: '/models/s' },
    guidanceRescale: 0.7,
    sdxl: { originalWidth: 8, aestheticScore: 7, negative: { originalWidth: 8, aestheticScore: 2.5 } },
  });
});
