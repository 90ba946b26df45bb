import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, resolve } from 'node:path';
import { canonicalText, parseBatch, readPromptTable, references } from '@atelier/batch';
import type { BatchText, Client } from '../client/client.js';
import { UsageError } from '../errors.js';

/** How the farm is told what a prompt file is. */
const mediaTypes: Record<string, string> = {
  '.txt': 'text/plain',
  '.csv': 'text/csv',
  '.tsv': 'text/tab-separated-values',
  '.jsonl': 'application/jsonl',
};

/**
 * Reads a batch file and makes it ready for a farm: checked, its prompt file uploaded and named by hash. Nothing is
 * uploaded for a batch that is wrong. Throws AtelierError or UsageError with the place of the fault.
 */
export async function prepareBatch(client: Client, file: string, name?: string): Promise<BatchText> {
  const text = (await readInput(file, 'the batch')).toString('utf8');
  const batch = parseBatch(text, { format: extname(file).toLowerCase() === '.json' ? 'json' : 'yaml' });
  if (name !== undefined) batch.name = name;

  const { promptsFile } = batch;
  if (promptsFile && promptsFile.sha256 === undefined) {
    const content = await readInput(resolve(dirname(file), promptsFile.file), 'promptsFile.file');
    const fileName = basename(promptsFile.file);
    references(batch, readPromptTable(content, fileName));
    const mediaType = mediaTypes[extname(fileName).toLowerCase()]!;
    const { sha256 } = await client.uploadAsset(content, mediaType);
    // A farm gets no path of this disk, only what its ending says about the format.
    batch.promptsFile = { ...promptsFile, file: fileName, sha256 };
  }
  return { text: canonicalText(batch), mediaType: 'application/json' };
}

const reasons: Record<string, string> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not read it',
};

async function readInput(path: string, what: string): Promise<Buffer<ArrayBuffer>> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new UsageError(`${what} ${path} cannot be read: ${reasons[code] ?? message}`);
  }
}
