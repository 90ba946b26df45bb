import { readFile } from 'node:fs/promises';
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

/** The text of a file, or undefined where there is none. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new CheckpointError(`${path} cannot be read: ${message}.`);
  }
}
