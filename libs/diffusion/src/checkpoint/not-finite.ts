import { open } from 'node:fs/promises';
import { ELEMENT_BYTES, type ElementType } from './element-type.js';
import { openSafetensors } from './safetensors.js';
import type { TensorLocation } from './weight-files.js';

/** Bytes that are looked at together: a multiple of every element's. */
const CHUNK = 2 ** 22;

/** Whether some little-endian numbers of a type have one that is infinite or none: its exponent is all ones. */
const CHECKS: Partial<Record<ElementType, (bytes: ArrayBuffer) => boolean>> = {
  F16: (bytes) => new Uint16Array(bytes).some((bits) => (bits & 0x7c00) === 0x7c00),
  BF16: (bytes) => new Uint16Array(bytes).some((bits) => (bits & 0x7f80) === 0x7f80),
  F32: (bytes) => new Uint32Array(bytes).some((bits) => (bits & 0x7f800000) === 0x7f800000),
  F64: (bytes) => new Float64Array(bytes).some((value) => !Number.isFinite(value)),
};

/** A tensor with a value that is not finite, by the name that its file has for it. */
export interface NotFinite {
  path: string;
  tensor: string;
}

/** The first of some tensors that has a value that is not finite. Reads all of them where there is none. */
export async function findNotFinite(tensors: Iterable<TensorLocation>): Promise<NotFinite | undefined> {
  for (const location of tensors) {
    if (!(await hasNotFinite(location))) continue;
    const { path, offset } = location;
    const { tensors: entries } = await openSafetensors(path);
    const holds = [...entries].find(([, own]) => own.offset <= offset && offset < own.offset + own.byteLength);
    return holds && { path, tensor: holds[0] };
  }
  return undefined;
}

async function hasNotFinite({ path, type, offset, byteLength }: TensorLocation): Promise<boolean> {
  const check = CHECKS[type];
  if (!check) return false;
  const bytes = new Uint8Array(Math.min(CHUNK, byteLength));
  const file = await open(path);
  try {
    for (let done = 0; done < byteLength;) {
      const { bytesRead } = await file.read(bytes, 0, Math.min(bytes.length, byteLength - done), offset + done);
      const whole = bytesRead - (bytesRead % ELEMENT_BYTES[type]);
      if (whole === 0) return false;
      if (check(bytes.buffer.slice(0, whole))) return true;
      done += whole;
    }
    return false;
  } finally {
    await file.close();
  }
}
