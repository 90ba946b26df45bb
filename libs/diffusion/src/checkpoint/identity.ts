import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { INDEX_FILE, openCheckpoint } from './checkpoint.js';
import { CheckpointError } from './checkpoint-error.js';

/** Files of a model folder that decide pictures; the others (readme, samples, pickles) are not read by the engine. */
const DECIDING = /\.(safetensors|json|txt)$/;

/**
 * The identity of a model: a SHA-256 in hex that depends on content alone, not on where it lies.
 *
 * Of a file it is the hash of its bytes. Of a folder it is the hash of the list that `sha256sum` would print of the
 * files that decide pictures, sorted by path; of a checkpoint these are its index and its components.
 */
export async function hashCheckpoint(path: string): Promise<string> {
  const files = await filesOfModel(path);
  if (files.length === 1 && files[0] === path) return hashFile(path);
  const lines = [];
  for (const file of files) {
    lines.push(`${await hashFile(file)}  ${relative(path, file).split(sep).join('/')}\n`);
  }
  if (lines.length === 0) throw new CheckpointError(`${path} holds no model.`);
  return createHash('sha256').update(lines.join('')).digest('hex');
}

/** The files of a model that decide pictures. Throws CheckpointError. */
export async function filesOfModel(path: string): Promise<string[]> {
  const status = await stat(path).catch(() => {
    throw new CheckpointError(`${path} does not exist.`);
  });
  return status.isFile() ? [path] : decidingFiles(path);
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

async function decidingFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  if (!names.includes(INDEX_FILE)) return filesOf(folder);
  const { components } = await openCheckpoint(folder);
  const parts = await Promise.all([...components.values()].map((component) => filesOf(component.path)));
  return [join(folder, INDEX_FILE), ...parts.flat()].sort();
}

async function filesOf(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => {
    throw new CheckpointError(`${folder} is not a folder.`);
  });
  return names
    .filter((name) => DECIDING.test(name) && !name.startsWith('.'))
    .sort()
    .map((name) => join(folder, name));
}
