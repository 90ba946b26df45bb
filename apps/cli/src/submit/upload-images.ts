import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { imagesOf, isDataUri, withImages, withTableImages, type Batch, type PromptTable } from '@atelier/batch';
import type { Client } from '../client/client.js';
import { readImage } from '../images/read-image.js';

/** A batch whose images are assets of a farm, with the rows of its prompt file. */
export interface UploadedBatch {
  batch: Batch;
  table: PromptTable | undefined;
}

/**
 * Uploads every image that a batch names by a path beside `folder`, and names it by its hash. All are read before the
 * first is uploaded. What is a hash or a data URI already stays.
 */
export async function uploadImages(
  client: Client,
  batch: Batch,
  table: PromptTable | undefined,
  folder: string,
): Promise<UploadedBatch> {
  const places = new Map<string, string>();
  for (const { name, place } of imagesOf(batch, table))
    if (!isRemote(name, folder) && !places.has(name)) places.set(name, place);

  const images = [];
  for (const [name, place] of places) images.push({ name, ...(await readImage(resolve(folder, name), place)) });
  const hashes = new Map<string, string>();
  for (const { name, bytes, mediaType } of images)
    hashes.set(name, (await client.uploadAsset(bytes, mediaType)).sha256);

  const rename = (name: string) => hashes.get(name) ?? name;
  return {
    batch: withImages(batch, rename),
    table: table && withTableImages(table, batch.promptsFile?.column, rename),
  };
}

const isRemote = (name: string, folder: string) =>
  isDataUri(name) || (/^[0-9a-f]{64}$/.test(name) && !existsSync(resolve(folder, name)));

/** A prompt file that says what `table` says, one JSON object a line. */
export function tableAsLines(table: PromptTable): { name: string; content: Buffer<ArrayBuffer> } {
  const lines = table.rows.map(({ cells }) => JSON.stringify(cells));
  return { name: `${basename(table.fileName).replace(/\.[^.]+$/, '')}.jsonl`, content: Buffer.from(lines.join('\n')) };
}
