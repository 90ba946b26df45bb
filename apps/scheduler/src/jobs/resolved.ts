/** What the names of a batch were resolved to, as a job keeps it for ever. */
import {
  nearest,
  projectOf,
  purposes,
  references,
  type Batch,
  type PromptTable,
  type ResolvedReferences,
} from '@atelier/batch';
import { AtelierError } from '@atelier/contracts';
import { describeCheckpoint, scaleOfUpscaler } from '@atelier/diffusion/checkpoint';
import type { Model } from '@atelier/store';
import { z } from 'zod';
import type { Assets } from '../artifacts/assets.js';
import type { ModelCatalogue } from '../models/catalogue.js';
import type { Safety } from './safety.js';

export type Names = Omit<Required<ResolvedReferences>, 'promptTable' | 'seedBase' | 'safetyChecker'> &
  Pick<ResolvedReferences, 'safetyChecker'>;
type Kind = Model['kind'];

const Entry = z.object({ name: z.string(), sha256: z.string(), architecture: z.string().nullish() });
const CheckpointEntry = Entry.extend({
  defaultWidth: z.int(),
  defaultHeight: z.int(),
  sizeMultiple: z.int().optional(),
  purpose: z.enum(purposes).optional(),
});
const ControlEntry = Entry.extend({ kind: z.enum(['controlnet', 't2i-adapter']) });
const UpscalerEntry = Entry.extend({ scale: z.number() });
const ImageEntry = z.object({ sha256: z.string(), width: z.int(), height: z.int() });
/** Pairs of a name as written in the batch and what it meant. */
const pairs = <T extends z.ZodType>(entry: T) => z.array(z.tuple([z.string(), entry]));
const Stored = z.object({
  models: pairs(CheckpointEntry),
  loras: pairs(Entry),
  vaes: pairs(Entry),
  controls: pairs(ControlEntry).default([]),
  embeddings: pairs(Entry).default([]),
  images: pairs(ImageEntry).default([]),
  upscalers: pairs(UpscalerEntry).default([]),
  motions: pairs(Entry).default([]),
  ipAdapters: pairs(Entry).default([]),
  imageEncoders: pairs(Entry).default([]),
  faceRestorers: pairs(Entry).default([]),
  faceDetectors: pairs(Entry).default([]),
  safetyChecker: Entry.optional(),
});

const words: Record<Kind, string> = {
  checkpoint: 'model',
  lora: 'LoRA',
  vae: 'VAE',
  controlnet: 'ControlNet or T2I-Adapter',
  't2i-adapter': 'ControlNet or T2I-Adapter',
  embedding: 'embedding',
  upscaler: 'upscaler',
  motion: 'motion module',
  'safety-checker': 'safety checker',
  'ip-adapter': 'IP-Adapter',
  'image-encoder': 'image encoder',
  'face-restorer': 'restorer of faces',
  'face-detector': 'detector of faces',
  'preview-decoder': 'preview decoder',
};

export interface Sources {
  catalogue: ModelCatalogue;
  assets: Assets;
  safety: Pick<Safety, 'checkerOf'>;
}

/** Finds everything that a batch names. Throws `unknown_model` for the first model that is in no folder, `invalid_batch` for an image that was not uploaded. */
export async function resolveNames(
  batch: Batch,
  promptTable: PromptTable | undefined,
  { catalogue, assets, safety }: Sources,
): Promise<Names> {
  const found = references(batch, promptTable);
  const all = async (names: readonly string[], ...kinds: [Kind, ...Kind[]]) =>
    Promise.all(names.map(async (name) => [name, await findModel(catalogue, name, kinds)] as const));
  const images = await Promise.all(
    found.images.map(
      async ({ name, place }) => [name, { sha256: name, ...(await assets.imageSize(name, place)) }] as const,
    ),
  );
  const controls = await all(found.controls, 'controlnet', 't2i-adapter');
  const safetyChecker = await safety.checkerOf(projectOf(batch));
  return {
    models: new Map(await Promise.all((await all(found.models, 'checkpoint')).map(described))),
    loras: new Map(await all(found.loras, 'lora')),
    vaes: new Map(await all(found.vaes, 'vae')),
    controls: new Map(controls.map(([name, model]) => [name, ControlEntry.parse(model)])),
    embeddings: new Map(await all(found.embeddings, 'embedding')),
    images: new Map(images),
    upscalers: new Map(await Promise.all((await all(found.upscalers, 'upscaler')).map(withScale))),
    motions: new Map(await all(found.motions, 'motion')),
    ipAdapters: new Map(await all(found.ipAdapters, 'ip-adapter')),
    imageEncoders: new Map(await all(found.imageEncoders, 'image-encoder')),
    faceRestorers: new Map(await all(found.faceRestorers, 'face-restorer')),
    faceDetectors: new Map(await all(found.faceDetectors, 'face-detector')),
    safetyChecker: safetyChecker ? await findModel(catalogue, safetyChecker, ['safety-checker']) : undefined,
  };
}

async function findModel(catalogue: ModelCatalogue, name: string, kinds: readonly [Kind, ...Kind[]]): Promise<Model> {
  for (const kind of kinds) {
    const model = await catalogue.find(kind, name);
    if (model) return model;
  }
  const names = (await catalogue.list()).filter(({ kind }) => kinds.includes(kind)).map((other) => other.name);
  throw new AtelierError(
    'unknown_model',
    `No ${words[kinds[0]]} is called "${name}" in the folders of ATELIER_MODELS; ${nearest(name, names)}`,
  );
}

/** As a text that a job stores. */
export function encodeResolved(names: Names): string {
  const { safetyChecker, ...maps } = names;
  const lists = Object.fromEntries(Object.entries(maps).map(([key, map]) => [key, [...map]]));
  return JSON.stringify(Stored.parse({ ...lists, safetyChecker }));
}

export function decodeResolved(text: string): Names {
  const stored = Stored.parse(JSON.parse(text));
  const { models, loras, vaes, controls, embeddings, images, upscalers, motions, safetyChecker } = stored;
  return {
    models: new Map(models),
    loras: new Map(loras),
    vaes: new Map(vaes),
    controls: new Map(controls),
    embeddings: new Map(embeddings),
    images: new Map(images),
    upscalers: new Map(upscalers),
    motions: new Map(motions),
    ipAdapters: new Map(stored.ipAdapters),
    imageEncoders: new Map(stored.imageEncoders),
    faceRestorers: new Map(stored.faceRestorers),
    faceDetectors: new Map(stored.faceDetectors),
    safetyChecker,
  };
}

const withScale = async ([name, model]: readonly [string, Model]) =>
  [name, { ...model, scale: await scaleOfUpscaler(model.path) }] as const;

async function described([name, model]: readonly [string, Model]) {
  const { sha256, architecture, defaultWidth, defaultHeight } = model;
  const { purpose, sizeMultiple } = await describeCheckpoint(model.path);
  const size = { defaultWidth: defaultWidth!, defaultHeight: defaultHeight!, sizeMultiple };
  return [name, { name: model.name, sha256, architecture, ...size, purpose }] as const;
}
