import { open, type FileHandle } from 'node:fs/promises';
import { show } from '../../errors.js';
import { CheckpointError } from '../checkpoint-error.js';
import { ELEMENT_BYTES } from '../element-type.js';
import { unpickle } from './unpickler.js';
import type { PickleValue, Storage } from './values.js';
import { readZipDirectory, type Locate, type StoredBytes } from './zip-directory.js';

/** A file of `torch.save`, open for reading. */
export interface TorchFile {
  readonly path: string;
  readonly bytes: number;
  /** What was saved. */
  readonly value: PickleValue;
  /** Where the elements of a storage lie. Throws CheckpointError where the file does not have them. */
  locate(storage: Storage): Promise<StoredBytes>;
  /** Reads bytes of the file. Throws CheckpointError where it ends before. */
  read(offset: number, byteLength: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** SDXL's pickle has 0.4 MB. */
const MAX_PICKLE_BYTES = 32 * 2 ** 20;
const ZIP_SIGNATURE = 0x04034b50;
/** What torch writes in front of the files of its older form. */
const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;
const LEGACY_PROTOCOL = 1001;
const PICKLE_SIGNATURE = 0x80;
/** A number of elements in front of them. */
const COUNT_BYTES = 8;

/** Opens a file of `torch.save`, of torch's present form or of that before 1.6. Throws CheckpointError. */
export async function openTorchFile(path: string): Promise<TorchFile> {
  const handle = await open(path).catch((error: Error) => {
    throw new CheckpointError(`${path} cannot be opened: ${error.message}.`);
  });
  try {
    const status = await handle.stat();
    if (!status.isFile()) throw new CheckpointError(`${path} is not a file.`);
    const file = { path, bytes: status.size, ...reading(handle, path) };
    const start = await file.readUpTo(0, 4);
    const isZip = start.length === 4 && start.readUInt32LE(0) === ZIP_SIGNATURE;
    const content = await (isZip ? readArchive(file) : readLegacy(file));
    return { path, bytes: file.bytes, read: file.read, ...content, close: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

type Content = Pick<TorchFile, 'value' | 'locate'>;
type OpenFile = { path: string; bytes: number } & ReturnType<typeof reading>;

function reading(handle: FileHandle, path: string) {
  /** Fewer bytes where the file ends. */
  const readUpTo = async (offset: number, byteLength: number): Promise<Buffer> => {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(byteLength), 0, byteLength, offset);
    return buffer.subarray(0, bytesRead);
  };
  const read = async (offset: number, byteLength: number) => {
    const bytes = await readUpTo(offset, byteLength);
    if (bytes.length < byteLength) throw new CheckpointError(`${path} became shorter while it was read.`);
    return bytes;
  };
  return { readUpTo, read };
}

/** The form since torch 1.6: an archive with a pickle and a file for each storage, all in one folder. */
async function readArchive({ path, bytes, read, readUpTo }: OpenFile): Promise<Content> {
  const entries = await readZipDirectory(readUpTo, bytes, path);
  const pickle = [...entries.keys()].find((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickle === undefined) throw new CheckpointError(`${path} is an archive, but none of torch: it has no data.pkl.`);
  const folder = pickle.slice(0, -'data.pkl'.length);
  if (entries.has(`${folder}constants.pkl`)) {
    throw new CheckpointError(`${path} is a TorchScript program; only files of torch.save can be imported.`);
  }
  await refuseBigEndian(path, read, entries.get(`${folder}byteorder`));
  const place = await entries.get(pickle)!();
  if (place.byteLength > MAX_PICKLE_BYTES) {
    throw new CheckpointError(
      `${path} has a pickle of ${place.byteLength} bytes; at most ${MAX_PICKLE_BYTES} are read.`,
    );
  }
  const { value } = unpickle(await read(place.offset, place.byteLength), path);
  return {
    value,
    locate: async (storage) => {
      const place = await entries.get(`${folder}data/${storage.key}`)?.();
      return checked(place, storage, path, bytes);
    },
  };
}

async function refuseBigEndian(path: string, read: OpenFile['read'], locate: Locate | undefined): Promise<void> {
  if (!locate) return;
  const { offset, byteLength } = await locate();
  const order = (await read(offset, Math.min(byteLength, 16))).toString('latin1');
  if (order !== 'little') throw wrongByteOrder(path, order);
}

/** The form before: five pickles, one after the other, then each storage behind its number of elements. */
async function readLegacy({ path, bytes, read, readUpTo }: OpenFile): Promise<Content> {
  const head = await readUpTo(0, Math.min(bytes, MAX_PICKLE_BYTES));
  let position = 0;
  const next = () => {
    const { end, ...pickle } = unpickle(head.subarray(position), path);
    position += end;
    return pickle;
  };
  if (head[0] !== PICKLE_SIGNATURE || next().value !== LEGACY_MAGIC) {
    throw new CheckpointError(`${path} is no file of torch.save.`);
  }
  if (next().value !== LEGACY_PROTOCOL)
    throw new CheckpointError(`${path} has a form of torch.save that is not known.`);
  const system = next().value;
  if (system instanceof Map && system.get('little_endian') === false) throw wrongByteOrder(path, 'big');
  const { value, storages } = next();
  const keys = next().value;

  const places = new Map<PickleValue, StoredBytes>();
  for (const key of Array.isArray(keys) ? keys : []) {
    const storage = storages.get(key);
    if (!storage) throw new CheckpointError(`${path} is damaged: it has a storage that no tensor uses.`);
    const count = Number((await read(position, COUNT_BYTES)).readBigInt64LE());
    if (count !== storage.count) throw new CheckpointError(`${path} is damaged: its storages differ from its tensors.`);
    places.set(key, { offset: position + COUNT_BYTES, byteLength: bytesOf(storage) });
    position += COUNT_BYTES + bytesOf(storage);
  }
  return { value, locate: async (storage) => checked(places.get(storage.key), storage, path, bytes) };
}

/** Bytes that a storage needs. */
function bytesOf({ count, elementType }: Storage): number {
  return count * (elementType ? ELEMENT_BYTES[elementType] : 1);
}

function checked(place: StoredBytes | undefined, storage: Storage, path: string, fileBytes: number): StoredBytes {
  if (!place) throw new CheckpointError(`${path} lacks the storage "${storage.key}".`);
  if (bytesOf(storage) > place.byteLength || place.offset + place.byteLength > fileBytes) {
    const needed = `of ${bytesOf(storage)} bytes`;
    throw new CheckpointError(
      `${path} is damaged or cut off: the storage "${storage.key}" ${needed} is not all there.`,
    );
  }
  return place;
}

function wrongByteOrder(path: string, order: string): CheckpointError {
  return new CheckpointError(`${path} was written in the byte order ${show(order)}, expected "little".`);
}
