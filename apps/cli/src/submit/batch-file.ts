import { basename, dirname, extname, resolve } from 'node:path';
import { canonicalText, parseBatch, readPromptTable, references, type Batch, type PromptTable } from '@atelier/batch';
import type { BatchText, Client } from '../client/client.js';
import { readInput } from '../images/read-image.js';
import { tableAsLines, uploadImages } from './upload-images.js';

/** How the farm is told what a prompt file is. */
const mediaTypes: Record<string, string> = {
  '.txt': 'text/plain',
  '.csv': 'text/csv',
  '.tsv': 'text/tab-separated-values',
  '.jsonl': 'application/jsonl',
};

/**
 * Reads a batch file and makes it ready for a farm: checked, its prompt file and images uploaded and named by hash.
 * Nothing is uploaded for a batch that is wrong. Throws AtelierError or UsageError with the place of the fault.
 */
export async function prepareBatch(client: Client, file: string, name?: string): Promise<BatchText> {
  const text = (await readInput(file, 'the batch')).toString('utf8');
  const batch = parseBatch(text, { format: extname(file).toLowerCase() === '.json' ? 'json' : 'yaml' });
  if (name !== undefined) batch.name = name;
  return { text: canonicalText(await uploadFiles(client, batch, dirname(file))), mediaType: 'application/json' };
}

async function uploadFiles(client: Client, batch: Batch, folder: string): Promise<Batch> {
  const { promptsFile } = batch;
  if (!promptsFile || promptsFile.sha256 !== undefined)
    return (await uploadImages(client, batch, undefined, folder)).batch;

  const content = await readInput(resolve(folder, promptsFile.file), 'promptsFile.file');
  // A farm gets no path of this disk, only what its ending says about the format.
  const file = { name: basename(promptsFile.file), content };
  const table = readPromptTable(content, file.name);
  references(batch, table);
  const uploaded = await uploadImages(client, batch, table, folder);
  const sent = changed(table, uploaded.table) ? tableAsLines(uploaded.table!) : file;
  const { sha256 } = await client.uploadAsset(sent.content, mediaTypes[extname(sent.name).toLowerCase()]!);
  return { ...uploaded.batch, promptsFile: { ...promptsFile, file: sent.name, sha256 } };
}

const changed = (before: PromptTable, after: PromptTable | undefined) =>
  JSON.stringify(before.rows) !== JSON.stringify(after?.rows);
