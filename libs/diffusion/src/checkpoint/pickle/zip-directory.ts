import { CheckpointError } from '../checkpoint-error.js';
import { ByteReader } from './byte-reader.js';

/** Where bytes lie in a file. */
export interface StoredBytes {
  readonly offset: number;
  readonly byteLength: number;
}

/** Reads bytes of the archive; fewer where it ends. */
type Read = (offset: number, byteLength: number) => Promise<Buffer>;

const END_SIGNATURE = 0x06054b50;
const END_64_SIGNATURE = 0x06064b50;
const LOCATOR_64_SIGNATURE = 0x07064b50;
const ENTRY_SIGNATURE = 0x02014b50;
const LOCAL_SIGNATURE = 0x04034b50;
const END_BYTES = 22;
const LOCATOR_64_BYTES = 20;
const LOCAL_BYTES = 30;
/** The end record may have a comment of this length behind it. */
const COMMENT_BYTES = 65_535;
/** A directory of a hundred thousand tensors has some 10 MB. */
const MAX_DIRECTORY_BYTES = 64 * 2 ** 20;
/** Stands for a number that is in the 64-bit part of an entry. */
const IN_64 = 0xffffffff;

/**
 * Reads the directory of a zip archive whose files are stored, not compressed, as torch writes it: then they can be
 * read in place. After PKWARE's APPNOTE 6.3.10, sections 4.3 and 4.5. Throws CheckpointError.
 */
export async function readZipDirectory(read: Read, fileBytes: number, path: string): Promise<Map<string, Locate>> {
  const directory = await findDirectory(read, fileBytes, path);
  if (directory.byteLength > MAX_DIRECTORY_BYTES || directory.offset + directory.byteLength > fileBytes) {
    throw damaged(path, 'its directory lies outside of it');
  }
  const reader = new ByteReader(await read(directory.offset, directory.byteLength), path);
  const entries = new Map<string, Locate>();
  while (reader.position < directory.byteLength) {
    const { name, method, flags, size, local } = readEntry(reader, path);
    entries.set(name, () => locate(read, { name, method, flags, size, local }, fileBytes, path));
  }
  return entries;
}

/** Finds out where the bytes of an entry begin, which only the entry itself says. Throws CheckpointError. */
export type Locate = () => Promise<StoredBytes>;

interface DirectoryEntry {
  name: string;
  method: number;
  flags: number;
  size: number;
  /** Place of its local header. */
  local: number;
}

async function findDirectory(read: Read, fileBytes: number, path: string): Promise<StoredBytes> {
  const tailBytes = Math.min(fileBytes, END_BYTES + COMMENT_BYTES + LOCATOR_64_BYTES);
  const tail = await read(fileBytes - tailBytes, tailBytes);
  let end = tail.length - END_BYTES;
  while (end >= 0 && tail.readUInt32LE(end) !== END_SIGNATURE) end--;
  if (end < 0) throw damaged(path, 'it has no directory');
  const locator = end - LOCATOR_64_BYTES;
  if (locator < 0 || tail.readUInt32LE(locator) !== LOCATOR_64_SIGNATURE) {
    return { byteLength: tail.readUInt32LE(end + 12), offset: tail.readUInt32LE(end + 16) };
  }
  const place = Number(tail.readBigUInt64LE(locator + 8));
  const record = new ByteReader(await read(Math.min(place, fileBytes), 56), path);
  if (record.u32() !== END_64_SIGNATURE) throw damaged(path, 'it has no directory');
  record.bytes(36);
  return { byteLength: record.u64(), offset: record.u64() };
}

function readEntry(reader: ByteReader, path: string): DirectoryEntry {
  if (reader.u32() !== ENTRY_SIGNATURE) throw damaged(path, 'its directory cannot be read');
  reader.bytes(4);
  const [flags, method] = [reader.u16(), reader.u16()];
  reader.bytes(8);
  const [stored, size] = [reader.u32(), reader.u32()];
  const [nameBytes, extraBytes, commentBytes] = [reader.u16(), reader.u16(), reader.u16()];
  reader.bytes(8);
  const local = reader.u32();
  const name = reader.text(nameBytes);
  const extra = new ByteReader(reader.bytes(extraBytes), path);
  reader.bytes(commentBytes);
  return { name, method, flags, ...wide(extra, extraBytes, { size, stored, local }) };
}

/** Takes the numbers that do not fit into 32 bits from an entry's 64-bit part. */
function wide(extra: ByteReader, extraBytes: number, narrow: { size: number; stored: number; local: number }) {
  const { size, stored, local } = narrow;
  while (extra.position + 4 <= extraBytes) {
    const [kind, bytes] = [extra.u16(), extra.u16()];
    if (kind !== 1) {
      extra.bytes(bytes);
      continue;
    }
    const wideSize = size === IN_64 ? extra.u64() : size;
    if (stored === IN_64) extra.u64();
    return { size: wideSize, local: local === IN_64 ? extra.u64() : local };
  }
  return { size, local };
}

async function locate(read: Read, entry: DirectoryEntry, fileBytes: number, path: string): Promise<StoredBytes> {
  const { name, method, flags, size, local } = entry;
  if (method !== 0 || (flags & 1) !== 0) {
    throw new CheckpointError(`${path} has "${name}" compressed or encrypted; torch stores it as it is.`);
  }
  const header = new ByteReader(await read(Math.min(local, fileBytes), LOCAL_BYTES), path);
  if (header.u32() !== LOCAL_SIGNATURE) throw damaged(path, `its directory is wrong about "${name}"`);
  header.bytes(22);
  const offset = local + LOCAL_BYTES + header.u16() + header.u16();
  if (offset + size > fileBytes) throw damaged(path, `"${name}" ends behind its end`);
  return { offset, byteLength: size };
}

function damaged(path: string, why: string): CheckpointError {
  return new CheckpointError(`${path} is damaged or cut off: ${why}.`);
}
