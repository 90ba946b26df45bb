/** Questions 6 and 3: which providers the installed package has, and which of their options its binding lets through. */
import { inChild } from './in-child.js';
import type { Part, Row } from './part.js';

/** What each needs beside the package, untested but for the first two; the rows say what is here. */
const PROVIDERS: Record<string, string> = {
  cpu: 'nothing',
  webgpu: "a driver of Vulkan and its loader; on Windows of Direct3D 12; on a Mac Apple's processor",
  cuda: 'the libraries that the install step of onnxruntime-node fetches, CUDA 12 and cuDNN',
  tensorrt: 'the same, and TensorRT',
  dml: 'Windows, with a driver of Direct3D 12',
  coreml: 'a Mac',
};

const OPTIONS: Record<string, string | number | boolean> = {
  preferredLayout: 'NHWC',
  storageBufferCacheMode: 'lazyRelease',
  uniformBufferCacheMode: 'simple',
  queryResolveBufferCacheMode: 'disabled',
  defaultBufferCacheMode: 'disabled',
  validationMode: 'basic',
  enableRobustness: false,
  deviceId: 0,
  adapterIndex: 0,
  powerPreference: 'high-performance',
  enableGraphCapture: true,
  enableMatmulFp32Accumulation: true,
  weightLoadAcceleration: 'auto',
  maxStorageBufferBindingSize: '134217728',
  sessionBufferPoolGenerations: '2',
};

export const providers: Part = {
  name: 'providers',
  about: 'which execution providers run here, and which options of WebGPU get through the binding',
  async *run({ device }): AsyncGenerator<Row> {
    for (const [provider, needs] of Object.entries(PROVIDERS)) {
      const { error } = await inChild({ kind: 'open', provider, options: {} }, device);
      yield { what: provider, here: error === undefined ? 'runs' : 'does not run', needs, failed: error ?? null };
    }
    for (const [option, value] of Object.entries(OPTIONS)) {
      const { error } = await inChild({ kind: 'open', provider: 'webgpu', options: { [option]: value } }, device);
      const here = error === undefined ? 'let through' : 'refused';
      yield { what: `webgpu, ${option}: ${value}`, here, failed: error ?? null };
    }
  },
};
