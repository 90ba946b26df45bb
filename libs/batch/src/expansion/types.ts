import type { agentProto } from '@atelier/contracts';
import type { PromptTable } from '../prompts/table.js';

/** Every name in a batch that must be resolved to a hash before it is expanded, in order of appearance. */
export interface References {
  models: string[];
  loras: string[];
  vaes: string[];
}

/** What a name was resolved to. */
export interface ResolvedModel {
  name: string;
  sha256: string;
}

export interface ResolvedCheckpoint extends ResolvedModel {
  /** Size of pictures where the batch gives none, in pixels. */
  defaultWidth: number;
  defaultHeight: number;
}

/** Everything outside the batch's text that its tasks depend on. The keys of the maps are the names as written. */
export interface ResolvedReferences {
  models: ReadonlyMap<string, ResolvedCheckpoint>;
  loras: ReadonlyMap<string, ResolvedModel>;
  vaes: ReadonlyMap<string, ResolvedModel>;
  /** Rows of `promptsFile`, from `readPromptTable`; needed if and only if the batch has one. */
  promptTable?: PromptTable;
  /** Drawn once at submit, 0 to 2^32 - 1; used where the batch gives no seed. */
  seedBase: number;
}

/** What must be equal for tasks to share a loaded model, a price and a run. Functions of the request alone. */
export interface RenderKeys {
  /** Checkpoint, VAE, LoRA set and weights. */
  residencyKey: string;
  /** Residency key, size, steps, network evaluations per step. */
  costKey: string;
  /** Everything but prompt, negative prompt and seed. */
  batchKey: string;
}

/** Tasks of one job with the same three keys. */
export interface RenderClass extends RenderKeys {
  /** Position among the job's classes. */
  id: number;
  /** Tasks in the class, at least one. */
  count: number;
  /** Every checkpoint, LoRA and VAE that a node must have. */
  models: ResolvedModel[];
  /** Features that a slot's engine must have. */
  features: string[];
  /** Never share a run. */
  reproducible: boolean;
  /** Index in the job of the class's task number `ordinal` (0 to count - 1). Arithmetic, no enumeration. */
  at(ordinal: number): number;
}

/** A value of a matrix axis as it is written in the batch. */
export type AxisValue = string | number | boolean | readonly { name: string; weight?: number }[];

/** The tasks of a batch, each a pure function of its index. Nothing is made before it is asked for. */
export interface Expansion {
  /** Number of tasks; their indices are 0 to total - 1. */
  total: number;
  /** Sentences about fields that have no effect. */
  warnings: string[];
  /** At most 4,096; their counts add up to `total` and every task is in exactly one. */
  classes: RenderClass[];
  request(index: number): agentProto.RenderRequest;
  /** From `output.name`, with extension; unique in the job. */
  fileName(index: number): string;
  /** `png`, `jpeg` or `webp`. */
  outputFormat: string;
  /** The prompt as written, braces resolved, before `<lora:...>` moves out of it. */
  promptOf(index: number): string;
  seedOf(index: number): number;
  /** Values of the matrix keys of one task. */
  axesOf(index: number): Record<string, AxisValue>;
}
