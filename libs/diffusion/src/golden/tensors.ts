import { readFile } from 'node:fs/promises';
import { InputError } from '../errors.js';

/** The tensors of a golden file. */
export interface GoldenTensors {
  /** The values of a tensor, row by row; integers of 64 bits as numbers. Throws where there is no such tensor. */
  values(name: string): ArrayLike<number>;
  float32(name: string): Float32Array;
  shape(name: string): readonly number[];
  dtype(name: string): string;
  has(name: string): boolean;
}

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** Reads all tensors of a golden `.safetensors`. */
export async function readGoldenTensors(path: string): Promise<GoldenTensors> {
  const file = await readFile(path);
  const headerEnd = 8 + Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString('utf8', 8, headerEnd)) as Record<string, Entry>;
  const entry = (name: string) => {
    const found = header[name];
    if (!found) throw new InputError(`${path} has no tensor "${name}".`);
    return found;
  };
  const bytes = (name: string) => {
    const [start, end] = entry(name).data_offsets;
    return file.buffer.slice(file.byteOffset + headerEnd + start, file.byteOffset + headerEnd + end) as ArrayBuffer;
  };
  const values = (name: string): ArrayLike<number> => {
    const { dtype } = entry(name);
    switch (dtype) {
      case 'F32':
        return new Float32Array(bytes(name));
      case 'F64':
        return new Float64Array(bytes(name));
      case 'I64':
        return Array.from(new BigInt64Array(bytes(name)), Number);
      case 'U8':
        return new Uint8Array(bytes(name));
      case 'F16':
        return Array.from(new Uint16Array(bytes(name)), float16Value);
      default:
        throw new InputError(`${path} holds "${name}" as ${dtype}, which no golden uses.`);
    }
  };
  return {
    values,
    float32: (name) => Float32Array.from(values(name)),
    shape: (name) => entry(name).shape,
    dtype: (name) => entry(name).dtype,
    has: (name) => name in header,
  };
}

function float16Value(bits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}
