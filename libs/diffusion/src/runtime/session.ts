import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Model } from '../graph/graph.js';
import { KeptInputs } from './kept-inputs.js';
import { runtime } from './onnx-runtime.js';

/** Numbers with a shape, row by row. */
export interface Values<T = Float32Array> {
  data: T;
  shape: readonly number[];
  /** Whether the numbers never change: a graphics card then has them copied once and not for every run. @default false */
  constant?: boolean;
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
  /** Order of axes that the WebGPU provider convolves in. @default its own choice, channels last */
  layout?: 'NCHW' | 'NHWC';
  /** What the WebGPU provider does with memory that is free again. @default its own choice, `bucket`: it keeps much of it */
  buffers?: 'bucket' | 'simple' | 'lazyRelease' | 'disabled';
  /** Beginning of the path of a file that the runtime writes its profile to when the network is released. */
  profile?: string;
}

/** The execution providers that come with the runtime. */
export async function bundledProviders(): Promise<string[]> {
  const { listSupportedBackends } = await runtime();
  return listSupportedBackends()
    .filter(({ bundled }) => bundled)
    .map(({ name }) => name);
}

/** Loads a network into the runtime. */
export async function openSession(model: Model, options: SessionOptions): Promise<Session> {
  const ort = await runtime();
  const session = await ort.InferenceSession.create(model.bytes, sessionOptions(model, options));
  const toTensor = ({ data, shape }: Inputs[string]): Tensor =>
    data instanceof Float32Array ? new ort.Tensor('float32', data, shape) : new ort.Tensor('int64', data, shape);
  const kept = options.provider === 'webgpu' ? new KeptInputs() : undefined;
  return {
    run: async (inputs) => {
      const feeds: Record<string, Tensor> = {};
      for (const [name, values] of Object.entries(inputs)) {
        feeds[name] = (await kept?.tensorOf(name, values, toTensor)) ?? toTensor(values);
      }
      const results = await session.run(feeds);
      return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, toValues(tensor)]));
    },
    release: async () => {
      await kept?.clear();
      if (options.profile !== undefined) session.endProfiling();
      await session.release();
    },
  };
}

/**
 * More weights than these are not copied into another order of channels; those in float32 are used where they lie, mapped
 * into memory. Up to so many are: half of SD's autoencoder has 0.2 GB and then computes a sixth faster.
 */
const MOST_COPIED = 256 * 2 ** 20;

/**
 * Settings of a session. Measured with the demo model (14.8 M parameters in float16, 128x128, guidance) on two cores of
 * an EPYC that others used as well, best of four:
 *
 * | setting | U-Net loads | step | VAE | memory at its peak |
 * | --- | --- | --- | --- | --- |
 * | all | 264 ms | 30 ms | 114 ms | 222 MB |
 * | extended | 171 ms | 34 ms | 164 ms | 197 MB |
 * | all, spinning threads (the default) | 273 ms | 22 ms, median 30 | 80 ms | 223 MB |
 * | all, no spinning | 213 ms | 21 ms, median 23 | 41 ms | 224 MB |
 * | all, 20 µs of spinning | 223 ms | 18 ms, median 19 | 43 ms | 227 MB |
 *
 * Of SD 1.5's U-Net in float16, at 64x64 latents with guidance, on two cores that others used as well (processor seconds):
 *
 * | setting | loads | step | memory at its peak |
 * | --- | --- | --- | --- |
 * | all | 67 s | 14.1 s | 5.8 GB |
 * | extended | 20 s | 13.0 s | 3.8 GB |
 * | extended, nothing rearranged | 20 s | 14.9 s | 3.8 GB |
 */
function sessionOptions(
  { weightRoot, weightType, weightBytes }: Model,
  { provider, threads, layout, buffers, profile }: SessionOptions,
): InferenceSession.SessionOptions {
  const ofProvider = {
    ...(layout && { preferredLayout: layout }),
    ...(buffers && { storageBufferCacheMode: buffers }),
  };
  const large = provider === 'cpu' && weightBytes > MOST_COPIED;
  return {
    executionProviders: [Object.keys(ofProvider).length > 0 ? { name: provider, ...ofProvider } : provider],
    intraOpNumThreads: threads,
    graphOptimizationLevel: large ? 'extended' : 'all',
    // With a plan of its memory a second run of equal sizes takes all of it anew beside what the first one had: 2.3 GB
    // instead of 1.4 for a tile of 512x512 of SD's autoencoder, and no time less.
    enableMemPattern: false,
    logSeverityLevel: 3,
    ...(profile !== undefined && { enableProfiling: true, profileFilePrefix: profile }),
    extra: {
      session: {
        // Threads that wait for work burn the cores of other processes: each engine shares its machine.
        intra_op: { spin_duration_us: '20' },
        ...(large && weightType === 'F32' && { disable_prepacking: '1' }),
        ...(weightRoot !== undefined && { model_external_initializers_file_folder_path: weightRoot }),
      },
    },
  };
}

function toValues(tensor: Tensor): Values {
  return { data: tensor.data as Float32Array, shape: tensor.dims };
}
