/** Models on this machine, by name, hash or path. */
import { existsSync } from 'node:fs';
import { basename, parse, resolve } from 'node:path';
import { AtelierError } from '@atelier/contracts';
import type { References, ResolvedReferences } from '@atelier/batch';
import {
  describeCheckpoint,
  findModels,
  hashCheckpoint,
  type FoundModel,
  type ModelKind,
} from '@atelier/diffusion/checkpoint';
import { UsageError } from '../errors.js';

export interface LocalModels {
  resolved: Pick<ResolvedReferences, 'models' | 'loras' | 'vaes'>;
  /** Where a model lies, by its hash. */
  pathOf(sha256: string): string;
}

/** The name of the only checkpoint. Throws a UsageError when there is none or a choice. */
export async function onlyCheckpoint(folders: readonly string[]): Promise<string> {
  const names = namesOf(await findModels(folders), 'checkpoint');
  if (names.length === 1) return names[0]!;
  throw new UsageError(
    names.length === 0
      ? `there is no checkpoint in ${folders.join(', ') || 'any model folder'}; ATELIER_MODELS names the folders to look in`
      : `--model must name one of ${names.join(', ')}`,
  );
}

/** Finds and hashes what a batch names. Throws AtelierError `unknown_model` for what is not there. */
export async function resolveLocally(folders: readonly string[], references: References): Promise<LocalModels> {
  const found = await findModels(folders);
  const paths = new Map<string, string>();
  const resolveOne = async (text: string, kind: ModelKind) => {
    const path = await pathOf(text, kind, found);
    const sha256 = await hashCheckpoint(path);
    paths.set(sha256, path);
    return { name: nameOf(path), sha256, path };
  };
  const resolveAll = async (texts: readonly string[], kind: ModelKind) =>
    new Map(await Promise.all(texts.map(async (text) => [text, await resolveOne(text, kind)] as const)));

  const checkpoints = await resolveAll(references.models, 'checkpoint');
  const models = new Map(
    await Promise.all(
      [...checkpoints].map(async ([text, model]) => {
        const { defaultWidth, defaultHeight } = await describeCheckpoint(model.path);
        return [text, { ...model, defaultWidth, defaultHeight }] as const;
      }),
    ),
  );
  return {
    resolved: {
      models,
      loras: await resolveAll(references.loras, 'lora'),
      vaes: await resolveAll(references.vaes, 'vae'),
    },
    pathOf: (sha256) => paths.get(sha256)!,
  };
}

async function pathOf(text: string, kind: ModelKind, found: readonly FoundModel[]): Promise<string> {
  const candidates = found.filter((model) => model.kind === kind);
  const named = candidates.find(({ name }) => name === text);
  if (named) return named.path;
  if (/^[0-9a-f]{64}$/.test(text)) {
    for (const { path } of candidates) if ((await hashCheckpoint(path)) === text) return path;
  }
  if (/[/\\]/.test(text) && existsSync(text)) return resolve(text);
  const known = namesOf(found, kind);
  throw new AtelierError(
    'unknown_model',
    `there is no ${kind} "${text}" on this machine; ${known.length > 0 ? `there is ${known.join(', ')}` : 'there is none at all'}`,
  );
}

const namesOf = (found: readonly FoundModel[], kind: ModelKind) =>
  found.filter((model) => model.kind === kind).map(({ name }) => name);

const nameOf = (path: string) => (path.endsWith('.safetensors') ? parse(path).name : basename(path));
