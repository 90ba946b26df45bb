import { parse } from 'node:path';
import { show } from '../errors.js';
import { embeddingFile } from './adapter-file.js';
import { CheckpointError } from './checkpoint-error.js';
import { openSafetensors, type SafetensorsFile } from './safetensors.js';
import type { TensorLocation } from './weight-files.js';

/** Vectors that stand for one word, Gal et al. 2022, arXiv:2208.01618, where they lie in their file. */
export interface Embedding {
  readonly path: string;
  /** Changes when the file does. */
  readonly identity: string;
  /** The word that the file itself suggests. */
  readonly word: string;
  /** [vectors, width] or [width], for every text encoder that they fit or for the one that the file names. */
  readonly vectors: readonly EncoderVectors[];
}

export interface EncoderVectors {
  /** Undefined where the file does not say. */
  readonly encoder?: 'text_encoder' | 'text_encoder_2';
  readonly count: number;
  readonly width: number;
  readonly location: TensorLocation;
}

/** What AUTOMATIC1111 and kohya call the one tensor; its word is the name of the file. */
const NAMELESS = 'emb_params';
/** What the two tensors of a file for SDXL are called, by the encoder that they are for. */
const SDXL = { clip_l: 'text_encoder', clip_g: 'text_encoder_2' } as const;
/** What fits into a text between its start and end token. */
const MOST_VECTORS = 75;

/** Whether tensors of these names are a textual inversion that says so by itself. */
export function isEmbedding(names: readonly string[]): boolean {
  return names.length > 0 && names.every((name) => name === NAMELESS || name in SDXL);
}

/** Finds the vectors of a textual inversion, a file or a folder with one. Throws CheckpointError. */
export async function openEmbedding(path: string): Promise<Embedding> {
  const file = await openSafetensors(await embeddingFile(path));
  const names = [...file.tensors.keys()];
  const fileName = parse(path).name;
  if (isEmbedding(names)) return { ...embeddingOf(file, names), word: fileName };
  // diffusers gives the one tensor the name of the word.
  if (names.length === 1) return { ...embeddingOf(file, names), word: names[0]! };
  const known = [NAMELESS, ...Object.keys(SDXL)].join(', ');
  throw new CheckpointError(
    `${path} is no textual inversion: of its ${names.length} tensors one may have any name, several those of ${known}.`,
  );
}

function embeddingOf(file: SafetensorsFile, names: readonly string[]): Omit<Embedding, 'word'> {
  const { path, identity } = file;
  return { path, identity, vectors: names.map((name) => vectorsOf(file, name)) };
}

function vectorsOf({ path, tensors }: SafetensorsFile, name: string): EncoderVectors {
  const entry = tensors.get(name)!;
  const [count, width] = entry.shape.length === 1 ? [1, entry.shape[0]!] : entry.shape;
  if (entry.shape.length > 2 || !count || !width || count > MOST_VECTORS) {
    throw new CheckpointError(
      `${path} has ${show(name)} in shape [${entry.shape.join(', ')}]; a textual inversion has 1 to ${MOST_VECTORS} vectors.`,
    );
  }
  const encoder = name in SDXL ? SDXL[name as keyof typeof SDXL] : undefined;
  return { encoder, count, width, location: { path, ...entry } };
}
