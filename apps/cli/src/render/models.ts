/** Models on this machine, by name, hash or path. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join, parse, resolve } from 'node:path';
import { AtelierError } from '@atelier/contracts';
import type { References, ResolvedReferences } from '@atelier/batch';
import {
  catalogueModels,
  describeCheckpoint,
  findModels,
  hashCheckpoint,
  type FoundModel,
  type ModelKind,
} from '@atelier/diffusion/checkpoint';
import type { Config } from '../config.js';
import { UsageError } from '../errors.js';

export interface LocalModels {
  resolved: Pick<ResolvedReferences, 'models' | 'loras' | 'vaes'>;
  /** Where a model lies, by its hash. */
  pathOf(sha256: string): string;
}

type Place = Pick<Config, 'modelFolders' | 'home'>;
type Located = Pick<FoundModel, 'name' | 'path'> & { sha256: string };

/** The name of the only checkpoint. Throws a UsageError when there is none or a choice. */
export async function onlyCheckpoint({ modelFolders }: Place): Promise<string> {
  const names = namesOf(await findModels(modelFolders), 'checkpoint');
  if (names.length === 1) return names[0]!;
  throw new UsageError(
    names.length === 0
      ? `there is no checkpoint in ${modelFolders.join(', ') || 'any model folder'}; ATELIER_MODELS names the folders to look in`
      : `--model must name one of ${names.join(', ')}`,
  );
}

/** Finds and hashes what a batch names. Throws AtelierError `unknown_model` for what is not there. */
export async function resolveLocally(place: Place, references: References): Promise<LocalModels> {
  const all: Located[] = [];
  const resolveAll = async (texts: readonly string[], kind: ModelKind) => {
    const located = new Map<string, Located>();
    for (const text of texts) located.set(text, await locate(place, text, kind));
    all.push(...located.values());
    return located;
  };
  const withSize = async ([text, model]: readonly [string, Located]) => {
    const { defaultWidth, defaultHeight } = await describeCheckpoint(model.path);
    return [text, { ...model, defaultWidth, defaultHeight }] as const;
  };
  const checkpoints = await resolveAll(references.models, 'checkpoint');
  return {
    resolved: {
      models: new Map(await Promise.all([...checkpoints].map(withSize))),
      loras: await resolveAll(references.loras, 'lora'),
      vaes: await resolveAll(references.vaes, 'vae'),
    },
    pathOf: (sha256) => all.find((model) => model.sha256 === sha256)!.path,
  };
}

async function locate({ modelFolders, home }: Place, text: string, kind: ModelKind): Promise<Located> {
  const isHash = /^[0-9a-f]{64}$/.test(text);
  await mkdir(home, { recursive: true }).catch(() => {}); // Only the memory of hashes needs it.
  const candidates = await catalogueModels(modelFolders, {
    cacheFile: join(home, 'models.json'),
    wanted: (model) => model.kind === kind && (isHash || model.name === text),
  });
  const found = candidates.find(({ name, sha256 }) => (isHash ? sha256 === text : name === text));
  if (found) return found;
  if (/[/\\]/.test(text) && existsSync(text)) {
    const path = resolve(text);
    return { name: nameOf(path), path, sha256: await hashCheckpoint(path) };
  }
  const known = namesOf(await findModels(modelFolders), kind);
  throw new AtelierError(
    'unknown_model',
    `there is no ${kind} "${text}" on this machine; ${known.length > 0 ? `there is ${known.join(', ')}` : 'there is none at all'}`,
  );
}

const namesOf = (found: readonly FoundModel[], kind: ModelKind) =>
  found.filter((model) => model.kind === kind).map(({ name }) => name);

const nameOf = (path: string) => (path.endsWith('.safetensors') ? parse(path).name : basename(path));
