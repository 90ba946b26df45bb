import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { CheckpointError } from '../checkpoint-error.js';
import { ELEMENT_BYTES, type ElementType } from '../element-type.js';

/** A tensor that is to be written. */
export interface TensorSource {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** Its elements row by row, little-endian, in pieces. */
  read(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/**
 * Writes a safetensors file. It appears under its name when it is complete, and nothing is left where it fails. Throws
 * CheckpointError.
 *
 * @param overwrite whether another file may have the name
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly TensorSource[],
  metadata: Readonly<Record<string, string>>,
  overwrite: boolean,
): Promise<void> {
  const draft = `${path}.part`;
  // Large elements first, so that every tensor begins at a multiple of the size of its elements.
  const sorted = [...tensors].sort(
    (a, b) => ELEMENT_BYTES[b.type] - ELEMENT_BYTES[a.type] || (a.name < b.name ? -1 : 1),
  );
  await refuseExisting(path, overwrite);
  const file = await open(draft, 'w').catch((error: Error) => {
    throw new CheckpointError(`${path} cannot be written: ${error.message}.`);
  });
  try {
    await file.write(headerOf(sorted, metadata));
    for (const tensor of sorted) await writeTensor(file, tensor);
    await file.sync();
    await file.close();
    await rename(draft, path);
  } catch (error) {
    await file.close().catch(() => {});
    await rm(draft, { force: true });
    if (error instanceof CheckpointError || !(error instanceof Error && 'code' in error)) throw error;
    throw new CheckpointError(`${path} cannot be written: ${error.message}.`);
  }
}

async function refuseExisting(path: string, overwrite: boolean): Promise<void> {
  const existing = overwrite ? undefined : await open(path).catch(() => undefined);
  await existing?.close();
  if (existing) throw new CheckpointError(`${path} exists already.`);
}

function headerOf(tensors: readonly TensorSource[], metadata: Readonly<Record<string, string>>): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const tensor of tensors) {
    const begin = end;
    end += bytesOf(tensor);
    header[tensor.name] = { dtype: tensor.type, shape: tensor.shape, data_offsets: [begin, end] };
  }
  const text = Buffer.from(JSON.stringify(header));
  // Blanks bring the first tensor to a multiple of 8.
  const bytes = Buffer.alloc(8 + Math.ceil(text.length / 8) * 8, ' ');
  bytes.writeBigUInt64LE(BigInt(bytes.length - 8));
  bytes.set(text, 8);
  return bytes;
}

async function writeTensor(file: FileHandle, tensor: TensorSource): Promise<void> {
  let left = bytesOf(tensor);
  for await (const piece of tensor.read()) {
    left -= piece.length;
    for (let written = 0; written < piece.length;) {
      written += (await file.write(piece, written)).bytesWritten;
    }
  }
  if (left !== 0) throw new RangeError(`The tensor "${tensor.name}" was given with ${-left} bytes too many.`);
}

/** Bytes that a tensor takes. */
export function bytesOf({ type, shape }: Pick<TensorSource, 'type' | 'shape'>): number {
  return shape.reduce((product, size) => product * size, ELEMENT_BYTES[type]);
}
