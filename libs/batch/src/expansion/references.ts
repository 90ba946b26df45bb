/** The names in a batch that stand for models, to be resolved to hashes before it is expanded. */
import { Combinations } from '../matrix/combinations.js';
import { Prompts } from '../prompts/prompts.js';
import type { PromptTable } from '../prompts/table.js';
import type { Batch } from '../schema/batch.js';
import type { Settings } from '../schema/settings.js';
import { topLevel } from './layers.js';

/** Names as written, each once, in order of appearance. */
export interface References {
  models: string[];
  loras: string[];
  vaes: string[];
}

/**
 * Every model, LoRA and VAE that a batch names: at the top, in the matrix, in columns of its prompt file and in
 * `<lora:...>` tags. `table` is needed if and only if the batch has a `promptsFile`.
 */
export function references(batch: Batch, table?: PromptTable): References {
  const prompts = new Prompts(batch, table).groups();
  const { axes, included } = new Combinations(batch.matrix);
  const axisValues = axes.flatMap(({ key, listed = [] }): Settings[] => listed.map((value) => ({ [key]: value })));
  const layers = [topLevel(batch), ...prompts.map(({ columns }) => columns), ...axisValues, ...included];
  const loras = [...layers.flatMap(({ loras = [] }) => loras), ...prompts.flatMap(({ loras }) => loras)];
  return {
    models: distinct(layers.map(({ model }) => model)),
    loras: distinct(loras.map(({ name }) => name)),
    vaes: distinct(layers.map(({ vae }) => (vae === 'auto' ? undefined : vae))),
  };
}

const distinct = (names: readonly (string | undefined)[]) => [...new Set(names.filter((name) => name !== undefined))];
