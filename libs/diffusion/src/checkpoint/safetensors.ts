import { open, realpath, type FileHandle } from 'node:fs/promises';
import { show } from '../errors.js';
import { CheckpointError } from './checkpoint-error.js';
import { decodeElements, isDecodable } from './element-type.js';
import {
  LENGTH_BYTES,
  MAX_HEADER_BYTES,
  parseSafetensorsHeader,
  type SafetensorsHeader,
  type TensorEntry,
} from './safetensors-header.js';

/** A safetensors file whose header is known to be true; tensors are read on demand. */
export interface SafetensorsFile extends SafetensorsHeader {
  /** The real path, with symbolic links followed. */
  readonly path: string;
  /** Changes when the file does: its path, size and time. */
  readonly identity: string;
  /** Tensors' values, row by row; 16-bit floats as float32, 64-bit integers as numbers. */
  read(names: readonly string[]): Promise<ArrayLike<number>[]>;
}

/** Opens a safetensors file: reads and checks its header, no tensor. Throws CheckpointError. */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const real = await resolve(path);
  const { identity, ...header } = await withFile(real, (file) => readHeader(file, path));
  const entryOf = (name: string) => {
    const entry = header.tensors.get(name);
    if (!entry) throw new CheckpointError(`${path} has no tensor ${show(name)}.`);
    return entry;
  };
  const read = (names: readonly string[]) =>
    withFile(real, async (file) => {
      const values = [];
      for (const name of names) {
        const entry = entryOf(name);
        if (!isDecodable(entry.type)) {
          throw new CheckpointError(`${path} has ${show(name)} in ${entry.type}, which cannot be read as numbers.`);
        }
        values.push(decodeElements(entry.type, await readBytes(file, entry)));
      }
      return values;
    });
  return { path: real, identity: `${real} ${identity}`, ...header, read };
}

async function resolve(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    throw new CheckpointError(`${path} does not exist.`);
  }
}

async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path).catch((error: Error) => {
    throw new CheckpointError(`${path} cannot be opened: ${error.message}.`);
  });
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

async function readHeader(file: FileHandle, path: string): Promise<SafetensorsHeader & { identity: string }> {
  const status = await file.stat();
  if (!status.isFile()) throw new CheckpointError(`${path} is not a file.`);
  if (status.size < LENGTH_BYTES) {
    throw new CheckpointError(`${path} is no safetensors file: it has only ${status.size} bytes.`);
  }
  const length = (await readBytes(file, { offset: 0, byteLength: LENGTH_BYTES })).readBigUInt64LE();
  const most = Math.min(MAX_HEADER_BYTES, status.size - LENGTH_BYTES);
  if (length > most) {
    throw new CheckpointError(
      `${path} is no safetensors file, or cut off: it announces a header of ${length} bytes where ${most} are possible.`,
    );
  }
  const header = await readBytes(file, { offset: LENGTH_BYTES, byteLength: Number(length) });
  return { identity: `${status.size} ${status.mtimeMs}`, ...parseSafetensorsHeader(header, status.size, path) };
}

async function readBytes(file: FileHandle, place: Pick<TensorEntry, 'offset' | 'byteLength'>): Promise<Buffer> {
  const buffer = Buffer.alloc(place.byteLength);
  const { bytesRead } = await file.read(buffer, 0, place.byteLength, place.offset);
  if (bytesRead < place.byteLength) throw new CheckpointError('The file became shorter while it was read.');
  return buffer;
}
