import { CheckpointError } from '../checkpoint-error.js';
import { ELEMENT_BYTES } from '../element-type.js';
import type { TorchFile } from '../pickle/torch-file.js';
import type { PickledTensor } from '../pickle/values.js';
import type { TensorSource } from './write-safetensors.js';

/** How much of a tensor that lies in order is in memory at once. */
const PIECE_BYTES = 8 * 2 ** 20;
/** How much of a storage is read at once to bring a tensor in order; an SDXL checkpoint's largest tensor has 253 MB. */
const MAX_VIEW_BYTES = 2 ** 30;

/** A tensor of a torch file, to be written in the order of its rows. Throws CheckpointError where it makes no sense. */
export function pickledTensor(file: TorchFile, name: string, tensor: PickledTensor): TensorSource {
  const { type, shape, strides, offset, storage } = tensor;
  const size = ELEMENT_BYTES[type];
  const count = shape.reduce((product, n) => product * n, 1);
  // Elements from the first to the last one that the tensor reaches.
  const span = count === 0 ? 0 : shape.reduce((sum, n, axis) => sum + (n - 1) * strides[axis]!, 1);
  const room = storage.elementType ? storage.count : storage.count / size;
  const has = `${file.path} has "${name}" as [${shape.slice(0, 8).join(', ')}]`;
  if (!(count <= room && offset + span <= room)) {
    throw new CheckpointError(`${has}, which is more than its storage of ${room} elements.`);
  }
  if (storage.elementType && storage.elementType !== type) {
    throw new CheckpointError(`${has} in ${type}, but its storage holds ${storage.elementType}.`);
  }
  const isInOrder = inOrder(shape, strides);
  if (!isInOrder && span * size > MAX_VIEW_BYTES) {
    throw new CheckpointError(
      `${has} out of order over ${span * size} bytes; at most ${MAX_VIEW_BYTES} are put in order.`,
    );
  }
  async function* read() {
    if (count === 0) return;
    const begin = (await file.locate(storage)).offset + offset * size;
    if (isInOrder) yield* pieces(file, begin, count * size);
    else yield gather(await file.read(begin, span * size), shape, strides, size);
  }
  return { name, type, shape, read };
}

async function* pieces(file: TorchFile, begin: number, byteLength: number): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < byteLength; done += PIECE_BYTES) {
    yield await file.read(begin + done, Math.min(PIECE_BYTES, byteLength - done));
  }
}

/** Whether elements lie row by row; strides of axes of one element do not matter. */
function inOrder(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

/** Brings elements into the order of their rows. */
function gather(view: Uint8Array, shape: readonly number[], strides: readonly number[], size: number): Uint8Array {
  const count = shape.reduce((product, n) => product * n, 1);
  const ordered = new Uint8Array(count * size);
  const index = shape.map(() => 0);
  let from = 0;
  for (let i = 0; i < count; i++) {
    ordered.set(view.subarray(from * size, (from + 1) * size), i * size);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= shape[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
  return ordered;
}
