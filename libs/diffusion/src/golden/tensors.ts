import { readFile } from 'node:fs/promises';
import { decodeElements } from '../checkpoint/element-type.js';
import { openSafetensors } from '../checkpoint/safetensors.js';
import { InputError } from '../errors.js';

/** The tensors of a golden file. */
export interface GoldenTensors {
  readonly names: readonly string[];
  /** The values of a tensor, row by row; integers of 64 bits as numbers. Throws where there is no such tensor. */
  values(name: string): ArrayLike<number>;
  float32(name: string): Float32Array;
  shape(name: string): readonly number[];
  dtype(name: string): string;
  has(name: string): boolean;
}

/** Reads all tensors of a golden `.safetensors`. */
export async function readGoldenTensors(path: string): Promise<GoldenTensors> {
  const { tensors } = await openSafetensors(path);
  const file = await readFile(path);
  const entry = (name: string) => {
    const found = tensors.get(name);
    if (!found) throw new InputError(`${path} has no tensor "${name}".`);
    return found;
  };
  const values = (name: string) => {
    const { type, offset, byteLength } = entry(name);
    return decodeElements(type, file.subarray(offset, offset + byteLength));
  };
  return {
    names: [...tensors.keys()],
    values,
    float32: (name) => Float32Array.from(values(name)),
    shape: (name) => entry(name).shape,
    dtype: (name) => entry(name).type,
    has: (name) => tensors.has(name),
  };
}

/** The tensors of one file, with those of another whose names fit a pattern. */
export function joinTensors(own: GoldenTensors, other: GoldenTensors, pattern: RegExp): GoldenTensors {
  const names = other.names.filter((name) => pattern.test(name));
  const holder = (name: string) => (names.includes(name) ? other : own);
  return {
    names: [...own.names, ...names],
    values: (name) => holder(name).values(name),
    float32: (name) => holder(name).float32(name),
    shape: (name) => holder(name).shape(name),
    dtype: (name) => holder(name).dtype(name),
    has: (name) => holder(name).has(name),
  };
}
