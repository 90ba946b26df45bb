import type { TaskView } from '@atelier/contracts/rest';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { fieldsOfTask, recall } from './recall.js';

const task: TaskView = {
  jobId: 'job',
  index: 3,
  state: 'succeeded',
  prompt: 'a {red} house <lora:lcm:0.5>',
  seed: 42,
  settings: {
    model: { name: 'postcard', sha256: 'x' },
    vae: null,
    loras: [{ name: 'lcm', sha256: 'y', weight: 0.5, textEncoderWeight: 0.5 }],
    negative: '',
    width: 128,
    height: 96,
    steps: 4,
    guidance: 1,
    sampler: 'lcm',
    schedule: null,
    eta: null,
    clipSkip: 0,
    rng: 'cpu',
  },
  axes: { strength: 0.4, seed: 42 },
  waitingFor: null,
  attempts: [],
  result: null,
} as TaskView;
const batch = JSON.stringify({
  kind: 'Batch',
  name: 'houses',
  model: 'postcard',
  initImage: 'hash',
  prompts: ['a {red|blue} house'],
  matrix: { strength: [0.4, 0.7], seed: [42] },
});
const text = 'kind: Batch\nmodel: other\nprompts:\n  - a boat\nmatrix:\n  seed: [1, 2]\n';

it('makes a batch that asks for the same picture', () =>
  expect(parse(recall(text, fieldsOfTask(task, batch), 'all'))).toEqual({
    kind: 'Batch',
    initImage: 'hash',
    strength: 0.4,
    model: 'postcard',
    loras: [{ name: 'lcm', weight: 0.5 }],
    sampler: 'lcm',
    steps: 4,
    guidance: 1,
    size: '128x96',
    prompts: ['a \\{red\\} house'],
    negative: '',
    seed: 42,
  }));

it('takes the seed or the prompt alone into the batch that is there', () => {
  expect(parse(recall(text, fieldsOfTask(task, batch), 'seed'))).toEqual({
    kind: 'Batch',
    model: 'other',
    prompts: ['a boat'],
    seed: 42,
  });
  expect(parse(recall(text, fieldsOfTask(task, batch), 'prompt'))).toMatchObject({
    model: 'other',
    prompts: ['a \\{red\\} house'],
    matrix: { seed: [1, 2] },
  });
});
