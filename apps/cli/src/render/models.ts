/** Models and images on this machine: models by name, hash or path. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join, parse, resolve } from 'node:path';
import { AtelierError } from '@atelier/contracts';
import type { References, ResolvedImage, ResolvedReferences } from '@atelier/batch';
import type { Raster } from '@atelier/diffusion';
import {
  catalogueModels,
  describeCheckpoint,
  familyOf,
  findModels,
  hashCheckpoint,
  kindOf,
  scaleOfUpscaler,
  type FoundModel,
  type ModelKind,
} from '@atelier/diffusion/checkpoint';
import type { Images } from '@atelier/agent';
import type { Config } from '../config.js';
import { UsageError } from '../errors.js';
import { readImage } from '../images/read-image.js';

export interface LocalModels {
  resolved: Omit<ResolvedReferences, 'promptTable' | 'seedBase'>;
  /** Where a model lies, by its hash. */
  pathOf(sha256: string): string | undefined;
  /** Pictures by the hashes of their files. */
  images: Images;
}

type Place = Pick<Config, 'modelFolders' | 'home'>;
type Located = Pick<FoundModel, 'name' | 'path' | 'kind'> & { sha256: string };

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

/** Finds and hashes what a batch names. Throws AtelierError `unknown_model` for what is not there, UsageError for what is no image. */
export async function resolveLocally(place: Place, references: References): Promise<LocalModels> {
  const all: Located[] = [];
  const resolveAll = async (texts: readonly string[], ...kinds: [ModelKind, ...ModelKind[]]) => {
    const located = new Map<string, Located & { architecture: string | null }>();
    for (const text of texts) {
      const model = await locate(place, text, kinds);
      located.set(text, { ...model, architecture: await familyOf(model.path, model.kind) });
    }
    all.push(...located.values());
    return located;
  };
  const describe = async ([text, model]: readonly [string, Located]) =>
    [text, { ...model, ...(await describeCheckpoint(model.path)) }] as const;
  const checkpoints = await resolveAll(references.models, 'checkpoint');
  const controls = await resolveAll(references.controls, 'controlnet', 't2i-adapter');
  const pictures = new Map<string, Raster>();
  const images = new Map<string, ResolvedImage>();
  for (const { name, place } of references.images) {
    const { sha256, raster } = await readImage(name, place);
    pictures.set(sha256, raster);
    images.set(name, { sha256, width: raster.width, height: raster.height });
  }
  return {
    resolved: {
      models: new Map(await Promise.all([...checkpoints].map(describe))),
      loras: await resolveAll(references.loras, 'lora'),
      vaes: await resolveAll(references.vaes, 'vae'),
      controls: new Map([...controls].map(([text, model]) => [text, asControl(model)])),
      embeddings: await resolveAll(references.embeddings, 'embedding'),
      images,
      upscalers: new Map(await Promise.all([...(await resolveAll(references.upscalers, 'upscaler'))].map(withScale))),
      motions: await resolveAll(references.motions, 'motion'),
      ipAdapters: await resolveAll(references.ipAdapters, 'ip-adapter'),
      imageEncoders: await resolveAll(references.imageEncoders, 'image-encoder'),
      faceRestorers: await resolveAll(references.faceRestorers, 'face-restorer'),
      faceDetectors: await resolveAll(references.faceDetectors, 'face-detector'),
    },
    pathOf: (sha256) => all.find((model) => model.sha256 === sha256)?.path,
    images: pictures,
  };
}

const withScale = async <T extends Located>([text, model]: readonly [string, T]) =>
  [text, { ...model, scale: await scaleOfUpscaler(model.path) }] as const;

const asControl = <T extends Located>(model: T) => ({
  ...model,
  kind: model.kind === 't2i-adapter' ? model.kind : ('controlnet' as const),
});

async function locate(
  { modelFolders, home }: Place,
  text: string,
  kinds: readonly [ModelKind, ...ModelKind[]],
): Promise<Located> {
  const isHash = /^[0-9a-f]{64}$/.test(text);
  await mkdir(home, { recursive: true }).catch(() => {}); // Only the memory of hashes needs it.
  const candidates = await catalogueModels(modelFolders, {
    cacheFile: join(home, 'models.json'),
    wanted: (model) => kinds.includes(model.kind) && (isHash || model.name === text),
  });
  const found = candidates.find(({ name, sha256 }) => (isHash ? sha256 === text : name === text));
  if (found) return found;
  if (/[/\\]/.test(text) && existsSync(text)) {
    const path = resolve(text);
    return { name: nameOf(path), path, kind: (await kindOf(path)) ?? kinds[0], sha256: await hashCheckpoint(path) };
  }
  const known = namesOf(await findModels(modelFolders), ...kinds);
  throw new AtelierError(
    'unknown_model',
    `there is no ${kinds.join(' or ')} "${text}" on this machine; ${known.length > 0 ? `there is ${known.join(', ')}` : 'there is none at all'}`,
  );
}

const namesOf = (found: readonly FoundModel[], ...kinds: ModelKind[]) =>
  found.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name);

const nameOf = (path: string) => (path.endsWith('.safetensors') ? parse(path).name : basename(path));
