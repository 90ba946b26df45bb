import type { agentProto } from '@atelier/contracts';
import type { SheetPlan } from '../output/sheets.js';
import type { PromptTable } from '../prompts/table.js';
import type { Settings } from '../schema/settings.js';
import type { RenderKeys } from './keys.js';

/** What a name was resolved to. */
export interface ResolvedModel {
  name: string;
  sha256: string;
  /** Family of checkpoints that it belongs to, such as `sd1`; absent or null where that is not known. */
  architecture?: string | null | undefined;
}

/** What guides pictures by another picture. */
export interface ResolvedControl extends ResolvedModel {
  kind: 'controlnet' | 't2i-adapter';
}

/** A network that enlarges pictures. */
export interface ResolvedUpscaler extends ResolvedModel {
  /** How many times larger a picture gets. */
  scale: number;
}

/** An image, by the hash of its file. */
export interface ResolvedImage {
  sha256: string;
  /** Pixels, upright. */
  width: number;
  height: number;
}

export interface ResolvedCheckpoint extends ResolvedModel {
  /** Size of pictures where the batch gives none, in pixels. */
  defaultWidth: number;
  defaultHeight: number;
  /** Pixels per latent in each direction. @default 8 */
  sizeMultiple?: number | undefined;
  /** What it was made for; absent where that is not known. */
  purpose?: Purpose | undefined;
}

/** What checkpoints are made for, in the engine's words. */
export const purposes = ['text-to-image', 'inpainting', 'depth', 'editing', 'upscaling'] as const;
export type Purpose = (typeof purposes)[number];

/** Everything outside the batch's text that its tasks depend on. The keys of the maps are the names as written. */
export interface ResolvedReferences {
  models: ReadonlyMap<string, ResolvedCheckpoint>;
  loras: ReadonlyMap<string, ResolvedModel>;
  vaes: ReadonlyMap<string, ResolvedModel>;
  /** These are needed where the batch names one. */
  controls?: ReadonlyMap<string, ResolvedControl>;
  embeddings?: ReadonlyMap<string, ResolvedModel>;
  images?: ReadonlyMap<string, ResolvedImage>;
  upscalers?: ReadonlyMap<string, ResolvedUpscaler>;
  motions?: ReadonlyMap<string, ResolvedModel>;
  ipAdapters?: ReadonlyMap<string, ResolvedModel>;
  imageEncoders?: ReadonlyMap<string, ResolvedModel>;
  faceRestorers?: ReadonlyMap<string, ResolvedModel>;
  faceDetectors?: ReadonlyMap<string, ResolvedModel>;
  /** Judges every picture, where whoever runs the farm wants that. */
  safetyChecker?: ResolvedModel | undefined;
  /** Rows of `promptsFile`, from `readPromptTable`; needed if and only if the batch has one. */
  promptTable?: PromptTable;
  /** Drawn once at submit, 0 to 2^32 - 1; used where the batch gives no seed. */
  seedBase: number;
}

/** Tasks of one job with the same three keys. */
export interface RenderClass extends RenderKeys {
  /** Position among the job's classes. */
  id: number;
  /** Tasks in the class, at least one. */
  count: number;
  /** Every model that a node must have. */
  models: ResolvedModel[];
  /** Features that a slot's engine must have. */
  features: string[];
  /** Never share a run. */
  reproducible: boolean;
  /** Index in the job of the class's task number `ordinal` (0 to count - 1). Arithmetic, no enumeration. */
  at(ordinal: number): number;
}

/** Something that varies between the tasks of a job. */
export interface JobAxis {
  /** `prompt`, or a key of the matrix. */
  key: string;
  size: number;
  /** The value at a position, 0 to size - 1, as people read it. */
  textAt(position: number): string;
}

/** The tasks of a batch, each a pure function of its index. Nothing is made before it is asked for. */
export interface Expansion {
  /** Number of tasks; their indices are 0 to total - 1. */
  total: number;
  /** Sentences about fields that have no effect. */
  warnings: string[];
  /** What task 0 has as seed where neither matrix nor column gives one: the batch's `seed`, or the drawn one. */
  seedBase: number;
  /** At most 4,096; their counts add up to `total` and every task is in exactly one. */
  classes: RenderClass[];
  /** `png`, `jpeg` or `webp`; of clips also `gif` and `mp4`. */
  outputFormat: string;
  request(index: number): agentProto.RenderRequest;
  /** Pixels of the task's picture. */
  pictureSize(index: number): { width: number; height: number };
  /** From `output.name`, with its ending; no two tasks of the job have the same. */
  fileName(index: number): string;
  /** The prompt as in the batch: braces resolved, LoRA tags still in it. */
  promptOf(index: number): string;
  seedOf(index: number): number;
  /** What the matrix sets for one task: its axes in document order, then what `include` added. */
  axesOf(index: number): Settings;
  /** Prompts first, then the matrix in document order; an axis of one value is one, too. */
  axes: readonly JobAxis[];
  /** Contact sheets that are asked for. */
  sheets: readonly SheetPlan[];
  /** The task at one position of every axis; null where the matrix leaves the combination out. */
  indexOf(positions: readonly number[]): number | null;
}
