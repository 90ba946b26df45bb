/** What the names of a batch were resolved to, as a job keeps it for ever. */
import type { Batch, ResolvedReferences } from '@atelier/batch';
import { references, type PromptTable } from '@atelier/batch';
import { nearest } from '@atelier/batch';
import { AtelierError } from '@atelier/contracts';
import type { Model } from '@atelier/store';
import { z } from 'zod';
import type { ModelCatalogue } from '../models/catalogue.js';

type Names = Omit<ResolvedReferences, 'promptTable' | 'seedBase'>;

const Entry = z.object({ name: z.string(), sha256: z.string() });
const CheckpointEntry = Entry.extend({ defaultWidth: z.int(), defaultHeight: z.int() });
/** Pairs of a name as written in the batch and what it meant. */
const Stored = z.object({
  models: z.array(z.tuple([z.string(), CheckpointEntry])),
  loras: z.array(z.tuple([z.string(), Entry])),
  vaes: z.array(z.tuple([z.string(), Entry])),
});

const words = { checkpoint: 'model', lora: 'LoRA', vae: 'VAE' } as const;

/** Finds every model that a batch names. Throws `unknown_model` for the first that is in no folder. */
export async function resolveNames(
  batch: Batch,
  promptTable: PromptTable | undefined,
  catalogue: ModelCatalogue,
): Promise<Names> {
  const { models, loras, vaes } = references(batch, promptTable);
  const find = async (kind: Model['kind'], name: string): Promise<[string, Model]> => {
    const model = await catalogue.find(kind, name);
    if (model) return [name, model];
    const names = (await catalogue.list()).filter((other) => other.kind === kind).map((other) => other.name);
    const hint = nearest(name, names);
    throw new AtelierError(
      'unknown_model',
      `No ${words[kind]} is called "${name}" in the folders of ATELIER_MODELS; ${hint}`,
    );
  };
  const all = (kind: Model['kind'], names: readonly string[]) => Promise.all(names.map((name) => find(kind, name)));
  return {
    models: new Map((await all('checkpoint', models)).map(([name, model]) => [name, checkpoint(model)])),
    loras: new Map(await all('lora', loras)),
    vaes: new Map(await all('vae', vaes)),
  };
}

/** As a text that a job stores. */
export function encodeResolved({ models, loras, vaes }: Names): string {
  return JSON.stringify(Stored.parse({ models: [...models], loras: [...loras], vaes: [...vaes] }));
}

export function decodeResolved(text: string): Names {
  const { models, loras, vaes } = Stored.parse(JSON.parse(text));
  return { models: new Map(models), loras: new Map(loras), vaes: new Map(vaes) };
}

function checkpoint({ name, sha256, defaultWidth, defaultHeight }: Model) {
  return { name, sha256, defaultWidth: defaultWidth!, defaultHeight: defaultHeight! };
}
