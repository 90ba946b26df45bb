import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Model } from '../graph/graph.js';

/** Numbers with a shape, row by row. */
export interface Values<T = Float32Array> {
  data: T;
  shape: readonly number[];
}

export type Inputs = Readonly<Record<string, Values<Float32Array | BigInt64Array>>>;
export type Outputs = Record<string, Values>;

/** A network that is ready to run. */
export interface Session {
  /** Runs the network once; the thread is blocked meanwhile. */
  run(inputs: Inputs): Promise<Outputs>;
  release(): Promise<void>;
}

export interface SessionOptions {
  /** ONNX Runtime's execution provider. */
  provider: string;
  /** Threads of the CPU provider. */
  threads: number;
}

/** The execution providers that come with the runtime. */
export async function bundledProviders(): Promise<string[]> {
  const { listSupportedBackends } = await runtime();
  return listSupportedBackends()
    .filter(({ bundled }) => bundled)
    .map(({ name }) => name);
}

/** Loads a network into the runtime. */
export async function openSession({ bytes, weightRoot }: Model, options: SessionOptions): Promise<Session> {
  const ort = await runtime();
  const session = await ort.InferenceSession.create(bytes, sessionOptions(weightRoot, options));
  const toTensor = ({ data, shape }: Inputs[string]): Tensor =>
    data instanceof Float32Array ? new ort.Tensor('float32', data, shape) : new ort.Tensor('int64', data, shape);
  return {
    run: async (inputs) => {
      const feeds = Object.fromEntries(Object.entries(inputs).map(([name, values]) => [name, toTensor(values)]));
      const results = await session.run(feeds);
      return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, toValues(tensor)]));
    },
    release: () => session.release(),
  };
}

function sessionOptions(
  weightRoot: string | undefined,
  { provider, threads }: SessionOptions,
): InferenceSession.SessionOptions {
  return {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    extra: { session: weightRoot === undefined ? {} : { model_external_initializers_file_folder_path: weightRoot } },
  };
}

function toValues(tensor: Tensor): Values {
  return { data: tensor.data as Float32Array, shape: tensor.dims };
}

/** Loaded when it is first needed: whoever only talks to engine processes does without its 40 MB. */
function runtime(): Promise<typeof import('onnxruntime-node')> {
  return import('onnxruntime-node');
}
