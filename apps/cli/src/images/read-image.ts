/** Images of this disk that a batch names: read, decoded and named by the hash of their file. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isDataUri, readDataUri } from '@atelier/batch';
import type { Raster } from '@atelier/diffusion';
import { UsageError } from '../errors.js';

export interface LocalImage {
  bytes: Buffer<ArrayBuffer>;
  sha256: string;
  mediaType: string;
  /** Upright. */
  raster: Raster;
}

/** The image at `path`, or in a data URI. Throws a UsageError that names `place` for what cannot be read or is none. */
export async function readImage(path: string, place: string): Promise<LocalImage> {
  const { decodeImage } = await import('@atelier/diffusion');
  const bytes = isDataUri(path) ? readDataUri(path, place).bytes : await readInput(path, place);
  try {
    const raster = await decodeImage(bytes);
    return { bytes, sha256: createHash('sha256').update(bytes).digest('hex'), mediaType: mediaTypeOf(bytes), raster };
  } catch (error) {
    const name = isDataUri(path) ? 'a data URI' : path;
    throw new UsageError(`${place} is ${name}, which cannot be taken. ${(error as Error).message}`);
  }
}

/** How files of the kinds that are read begin. */
const beginnings: readonly (readonly [string, RegExp])[] = [
  ['image/png', /^\x89PNG/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8/],
  ['image/webp', /^RIFF.{4}WEBP/s],
];

function mediaTypeOf(bytes: Uint8Array): string {
  const beginning = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  return beginnings.find(([, pattern]) => pattern.test(beginning))![0];
}

const reasons: Record<string, string> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not read it',
};

/** A file that the user named at `place`. Throws a UsageError with the reason. */
export async function readInput(path: string, place: string): Promise<Buffer<ArrayBuffer>> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new UsageError(`${place} ${path} cannot be read: ${reasons[code] ?? message}`);
  }
}
