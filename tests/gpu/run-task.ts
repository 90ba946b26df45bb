/** The process that does one task: see `tasks.ts`. */
import { createRequire } from 'node:module';
import {
  Graph,
  attentionFor,
  computeGraph,
  networkToMeasure,
  openSession,
  operators as op,
  randomNumbers,
  type Build,
  type Values,
} from '@atelier/diffusion/testing';
import type {
  AttentionTask,
  FromTask,
  Moment,
  NetworkTask,
  NormalizationTask,
  OpenTask,
  Task,
  TaskResult,
} from './tasks.js';

const tell = (message: FromTask) => new Promise<void>((sent) => process.send!(message, () => sent()));

/** Tells where the task is, and waits. */
async function at(moment: Moment): Promise<void> {
  const goOn = new Promise<void>((done) => process.once('message', () => done()));
  await tell({ moment });
  await goOn;
}

const THREADS = 2;
const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
const secondsSince = (begin: number) => (performance.now() - begin) / 1000;
const nothing: TaskResult = {
  ...{ output: new Float32Array(), loadSeconds: NaN, firstSeconds: NaN, seconds: NaN, up: 0, down: 0 },
};

async function runNetwork({ network, session: options, runs, tell: tells, beside }: NetworkTask): Promise<TaskResult> {
  const { model, inputs, output } = await networkToMeasure(network);
  const other = beside ? await openSession(smallest().toModel(), options) : undefined;
  await at('started');
  let begin = performance.now();
  const session = await openSession(model, options);
  const loadSeconds = secondsSince(begin);
  await at('loaded');
  const times: number[] = [];
  let results: Awaited<ReturnType<typeof session.run>> = {};
  for (let i = 0; i < runs; i++) {
    begin = performance.now();
    results = await session.run(inputs);
    times.push(secondsSince(begin));
  }
  await at('ran');
  await session.release();
  await at('released');
  await other?.release();
  const bytes = (all: readonly { data: { byteLength: number } }[]) =>
    all.reduce((sum, { data }) => sum + data.byteLength, 0);
  const onGpu = options.provider === 'webgpu';
  const [firstSeconds = NaN, ...others] = times;
  return {
    output: tells ? results[output]!.data : new Float32Array(),
    ...{ loadSeconds, firstSeconds, seconds: median(others) },
    up: bytes(Object.values(inputs).filter(({ constant }) => !(onGpu && constant))),
    down: bytes(Object.values(results)),
  };
}

async function runAttention({ provider, precision, fused, size, runs }: AttentionTask): Promise<TaskResult> {
  const [samples, heads, channels, asking, asked] = size;
  const width = heads * channels;
  const random = randomNumbers();
  const inputs = {
    q: random(samples, asking, width),
    k: random(samples, asked, width),
    v: random(samples, asked, width),
  };
  const target = { provider, precision, fusedAttention: fused };
  // As the networks build it: attention of a picture to itself is put together head by head.
  const oneByOne = asking === asked;
  const build: Build = ({ q, k, v }) => attentionFor(target, q!, k!, v!, { heads, width, oneByOne });
  await at('started');
  const { data, seconds } = await computeGraph({ provider, threads: THREADS }, precision, inputs, build, runs);
  await at('ran');
  return { ...nothing, output: data, seconds };
}

async function runNormalization(task: NormalizationTask): Promise<TaskResult> {
  const { provider, precision, moments, size, mean } = task;
  const drawn = randomNumbers()(...size);
  const x: Values = { ...drawn, data: drawn.data.map((value) => value + mean) };
  const build: Build = ({ x: given }) =>
    op.cast(op.instanceNormalization(op.cast(given!, moments), size[1], 1e-5), precision);
  const { data, seconds } = await computeGraph({ provider, threads: THREADS }, precision, { x }, build);
  return { ...nothing, output: data, seconds };
}

/** Straight through the binding: what it refuses is the question. */
async function open({ provider, options }: OpenTask): Promise<TaskResult> {
  const ort = createRequire(import.meta.resolve('@atelier/diffusion'))('onnxruntime-node') as {
    InferenceSession: { create(model: Uint8Array, options: object): Promise<{ release(): Promise<void> }> };
  };
  const session = await ort.InferenceSession.create(smallest().toModel().bytes, {
    executionProviders: [{ name: provider, ...options }],
    logSeverityLevel: 3,
  });
  await session.release();
  return nothing;
}

/** A graph that gives what it is given. */
function smallest(): Graph {
  const graph = new Graph();
  graph.output('y', graph.input('x', 'F32', ['n']), ['n']);
  return graph;
}

const run = (task: Task) => {
  switch (task.kind) {
    case 'network':
      return runNetwork(task);
    case 'attention':
      return runAttention(task);
    case 'normalization':
      return runNormalization(task);
    case 'open':
      return open(task);
  }
};

process.once('disconnect', () => process.exit(1));
try {
  await tell({ result: await run(JSON.parse(process.argv[2]!) as Task) });
} catch (error) {
  await tell({ error: (error as Error).message.split('\n')[0]! });
}
process.exit(0);
