/** What parent and engine process say to each other over Node's IPC channel, with `advanced` serialization for pixels. */
import type {
  EngineDevice,
  LoadedNetwork,
  RendererOptions,
  RenderPreview,
  RenderProgress,
  RenderRequest,
  RenderResult,
} from '../pipelines/types.js';
import type { EngineErrorCode } from './engine-error.js';

export type ToEngine =
  | { type: 'start'; options: RendererOptions }
  | { type: 'render'; run: number; request: RenderRequest; previews: boolean }
  | { type: 'previews'; run: number; wanted: boolean }
  | { type: 'cancel'; run: number }
  | { type: 'release'; run: number };

export type FromEngine =
  | { type: 'ready'; device: EngineDevice }
  | { type: 'progress'; run: number; progress: RenderProgress }
  | { type: 'preview'; run: number; preview: RenderPreview }
  | { type: 'done'; run: number; result: RenderResult | null; loaded: LoadedNetwork[] }
  /** `run` 0: the engine could not start. */
  | { type: 'failed'; run: number; code: EngineErrorCode; message: string };
