import { open } from 'node:fs/promises';
import { decodeElements } from './element-type.js';
import type { TensorLocation } from './weight-files.js';

/** The values of a tensor, row by row as its shape says; 16-bit floats as float32, 64-bit integers as numbers. */
export async function readTensor(location: TensorLocation): Promise<ArrayLike<number>> {
  const { path, type, shape, offset, byteLength, transposed } = location;
  const bytes = Buffer.alloc(byteLength);
  const file = await open(path);
  try {
    await file.read(bytes, 0, byteLength, offset);
  } finally {
    await file.close();
  }
  const values = decodeElements(type, bytes);
  if (!transposed) return values;
  const [rows, columns] = shape as [number, number];
  return Float64Array.from(values, (_, i) => values[(i % columns) * rows + Math.floor(i / columns)]!);
}
