import { isDataUri, imagesOf, readDataUri, withImages, type Batch } from '@atelier/batch';
import { AtelierError } from '@atelier/contracts';
import type { Assets } from './assets.js';

/** Images that stand in a batch itself become assets; the batch then names them by hash. Throws `invalid_batch` with the place of what is no image. */
export async function storeDataUris(batch: Batch, assets: Assets): Promise<Batch> {
  const stored = new Map<string, string>();
  for (const { name, place } of imagesOf(batch)) {
    if (!isDataUri(name) || stored.has(name)) continue;
    const { mediaType, bytes } = readDataUri(name, place);
    stored.set(name, await store(bytes, mediaType, place, assets));
  }
  return stored.size === 0 ? batch : withImages(batch, (name) => stored.get(name) ?? name);
}

async function store(bytes: Buffer, mediaType: string, place: string, assets: Assets): Promise<string> {
  try {
    return (await assets.add(chunksOf(bytes), mediaType)).sha256;
  } catch (error) {
    if (!(error instanceof AtelierError)) throw error;
    throw new AtelierError('invalid_batch', `${place} is a data URI that cannot be taken. ${error.message}`, place);
  }
}

async function* chunksOf(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}
