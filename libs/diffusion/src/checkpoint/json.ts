import { readFile, stat } from 'node:fs/promises';
import { CheckpointError } from './checkpoint-error.js';

/** A JSON object of a checkpoint, such as a network's `config.json`. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Reads a JSON object; undefined where there is no such file. Throws CheckpointError where it is something else. */
export async function readJsonObject(path: string): Promise<JsonObject | undefined> {
  const text = await readText(path);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new CheckpointError(`${path} is not JSON.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CheckpointError(`${path} is not a JSON object.`);
  }
  return value as JsonObject;
}

/** The largest text that a model has is a tokenizer's vocabulary, of some megabytes. */
const MAX_BYTES = 64 * 2 ** 20;

/** The text of a file, or undefined where there is none. Throws CheckpointError. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    const { size } = await stat(path);
    if (size > MAX_BYTES) throw new CheckpointError(`${path} has ${size} bytes; at most ${MAX_BYTES} are read.`);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof CheckpointError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new CheckpointError(`${path} cannot be read: ${message}.`);
  }
}
