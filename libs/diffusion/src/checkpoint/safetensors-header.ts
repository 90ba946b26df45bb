import { CheckpointError } from './checkpoint-error.js';
import { show } from '../errors.js';
import { ELEMENT_BYTES, isElementType, type ElementType } from './element-type.js';

/** Where a tensor lies in a file. */
export interface TensorEntry {
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** First byte, counted from the start of the file. */
  readonly offset: number;
  readonly byteLength: number;
}

export interface SafetensorsHeader {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
}

/** Bytes in front of the header, which give its length. */
export const LENGTH_BYTES = 8;
/** The format's own limit on a header; SDXL's has 300 kB. */
export const MAX_HEADER_BYTES = 100_000_000;

/**
 * Reads the header of a safetensors file and checks every statement in it: known element types, sizes that follow from
 * shapes, and tensors that fill the rest of the file without a gap or an overlap. Throws CheckpointError.
 *
 * @param header the JSON alone
 * @param fileBytes size of the whole file
 * @param path what to call the file in an error
 */
export function parseSafetensorsHeader(header: Uint8Array, fileBytes: number, path: string): SafetensorsHeader {
  const start = LENGTH_BYTES + header.length;
  const { __metadata__, ...entries } = parseObject(header, path);
  const tensors = new Map(
    Object.entries(entries).map(([name, entry]) => [name, parseEntry(name, entry, start, fileBytes, path)]),
  );
  checkFilled([...tensors], start, fileBytes, path);
  return { metadata: parseMetadata(__metadata__, path), tensors };
}

function parseMetadata(value: unknown, path: string): Record<string, string> {
  const metadata = value ?? {};
  if (typeof metadata !== 'object' || Object.values(metadata).some((text) => typeof text !== 'string')) {
    throw new CheckpointError(`${path} is damaged: its "__metadata__" is no map of texts.`);
  }
  return metadata as Record<string, string>;
}

function parseObject(header: Uint8Array, path: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(header));
  } catch {
    throw new CheckpointError(`${path} is no safetensors file: its header is not JSON.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CheckpointError(`${path} is no safetensors file: its header is not a JSON object.`);
  }
  return value as Record<string, unknown>;
}

function parseEntry(name: string, entry: unknown, start: number, fileBytes: number, path: string): TensorEntry {
  const fail = (what: string) => new CheckpointError(`${path} is damaged: tensor ${show(name)} ${what}.`);
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  if (!isElementType(dtype)) {
    throw fail(`has element type ${show(dtype)}; known are ${Object.keys(ELEMENT_BYTES).join(', ')}`);
  }
  if (!isSizes(shape)) throw fail(`has shape ${show(shape)}, which is no list of sizes`);
  if (!isSizes(offsets) || offsets.length !== 2) {
    throw fail(`has data_offsets ${show(offsets)}, which is no pair of offsets`);
  }
  const [begin, end] = offsets as [number, number];
  const byteLength = shape.reduce((product, n) => product * n, ELEMENT_BYTES[dtype]);
  if (end - begin !== byteLength) {
    throw fail(`of shape ${show(shape)} in ${dtype} takes ${byteLength} bytes, but ${end - begin} are given`);
  }
  if (start + end > fileBytes) {
    throw fail(`ends at byte ${start + end}, but the file has only ${fileBytes} (is it cut off?)`);
  }
  return { type: dtype, shape, offset: start + begin, byteLength };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

function checkFilled(tensors: [string, TensorEntry][], start: number, fileBytes: number, path: string): void {
  let end = start;
  for (const [name, { offset, byteLength }] of tensors.sort(([, a], [, b]) => a.offset - b.offset)) {
    if (offset !== end) {
      const what = offset < end ? 'overlaps the tensor before it' : `leaves a gap of ${offset - end} bytes before it`;
      throw new CheckpointError(`${path} is damaged: tensor ${show(name)} ${what}.`);
    }
    end = offset + byteLength;
  }
  if (end !== fileBytes) {
    throw new CheckpointError(`${path} is damaged: ${fileBytes - end} bytes follow its last tensor.`);
  }
}
