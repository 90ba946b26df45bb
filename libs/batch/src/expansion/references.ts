/** The names in a batch that stand for models, to be resolved to hashes before it is expanded. */
import { imagesOf, type ImageUse } from '../images/images.js';
import { Combinations } from '../matrix/combinations.js';
import { Prompts } from '../prompts/prompts.js';
import type { PromptTable } from '../prompts/table.js';
import type { Batch } from '../schema/batch.js';
import type { Settings } from '../schema/settings.js';
import { isFilter } from './enlargement.js';
import { topLevel } from './layers.js';

/** Names as written, each once, in order of appearance. */
export interface References {
  models: string[];
  loras: string[];
  vaes: string[];
  /** ControlNets and T2I-Adapters. */
  controls: string[];
  embeddings: string[];
  upscalers: string[];
  /** Motion modules. */
  motions: string[];
  ipAdapters: string[];
  /** What tells IP-Adapters what images show. */
  imageEncoders: string[];
  faceRestorers: string[];
  /** What finds the faces to restore. */
  faceDetectors: string[];
  /** Images, with the place of their first use. */
  images: ImageUse[];
}

/**
 * Every model and image that a batch names: at the top, in the matrix, in columns of its prompt file and in
 * `<lora:...>` tags. `table` is needed if and only if the batch has a `promptsFile`.
 */
export function references(batch: Batch, table?: PromptTable): References {
  const prompts = new Prompts(batch, table).groups();
  const { axes, included } = new Combinations(batch.matrix);
  const axisValues = axes.flatMap(({ key, listed = [] }): Settings[] => listed.map((value) => ({ [key]: value })));
  const layers = [topLevel(batch), ...prompts.map(({ columns }) => columns), ...axisValues, ...included];
  const loras = [...layers.flatMap(({ loras = [] }) => loras), ...prompts.flatMap(({ loras }) => loras)];
  return {
    // A refiner is a checkpoint like any other.
    models: distinct([...layers.map(({ model }) => model), batch.refiner?.model]),
    loras: distinct(loras.map(({ name }) => name)),
    vaes: distinct(layers.map(({ vae }) => (vae === 'auto' ? undefined : vae))),
    controls: distinct((batch.control ?? []).map(({ model }) => model)),
    embeddings: distinct(batch.embeddings ?? []),
    upscalers: distinct([batch.hires?.upscaler, batch.upscale?.model]).filter((name) => !isFilter(name)),
    motions: distinct([batch.frames?.motion]),
    ipAdapters: distinct((batch.ipAdapters ?? []).map(({ model }) => model)),
    imageEncoders: distinct((batch.ipAdapters ?? []).map(({ encoder }) => encoder)),
    faceRestorers: distinct([batch.faces?.model]),
    faceDetectors: distinct([batch.faces?.detector]),
    images: firstUses(imagesOf(batch, table)),
  };
}

const distinct = (names: readonly (string | undefined)[]) => [...new Set(names.filter((name) => name !== undefined))];

function firstUses(uses: readonly ImageUse[]): ImageUse[] {
  const first = new Map<string, ImageUse>();
  for (const use of uses) if (!first.has(use.name)) first.set(use.name, use);
  return [...first.values()];
}
