/** Text inside a PNG: the chunks tEXt and iTXt of the PNG specification (third edition, section 11.3.3). */
import { crc32, inflateSync } from 'node:zlib';
import { InputError } from '../errors.js';

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** A text that unpacks to more than this is an attack, not a prompt. */
const maxTextBytes = 4 * 2 ** 20;

interface Chunk {
  type: string;
  data: Buffer;
  /** Offset of the first byte after the chunk. */
  end: number;
}

/** Puts `text` behind the header of a PNG: Latin-1 as tEXt, which every reader knows, all else as iTXt in UTF-8. */
export function withPngText(png: Buffer, text: Readonly<Record<string, string>>): Buffer {
  const [header] = chunks(png);
  if (header?.type !== 'IHDR') throw new InputError('The PNG does not begin with its header.');
  const { end } = header;
  const added = Object.entries(text).map(([keyword, value]) => textChunk(keyword, value));
  return Buffer.concat([png.subarray(0, end), ...added, png.subarray(end)]);
}

/** The texts of a PNG by keyword. Throws InputError where the file is no PNG or is damaged. */
export function readPngText(png: Buffer): Record<string, string> {
  const text: Record<string, string> = {};
  for (const { type, data } of chunks(png)) {
    if (type === 'tEXt') {
      const [keyword, rest] = cut(data);
      text[keyword] = rest.toString('latin1');
    } else if (type === 'iTXt') {
      const [keyword, value] = readInternational(data);
      text[keyword] = value;
    }
  }
  return text;
}

function textChunk(keyword: string, value: string): Buffer {
  if (!/^[\x20-\x7e]{1,79}$/.test(keyword))
    throw new InputError(`"${keyword}" is no keyword of a PNG text; allowed are 1 to 79 ASCII characters.`);
  const name = Buffer.from(`${keyword}\0`, 'latin1');
  if (/^[\n\x20-\x7e\xa0-\xff]*$/.test(value))
    return chunk('tEXt', Buffer.concat([name, Buffer.from(value, 'latin1')]));
  // Not compressed, no language, no translated keyword.
  return chunk('iTXt', Buffer.concat([name, Buffer.from([0, 0, 0, 0]), Buffer.from(value, 'utf8')]));
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

function readInternational(data: Buffer): [string, string] {
  const [keyword, rest] = cut(data);
  const compressed = rest[0] === 1;
  const [, afterLanguage] = cut(rest.subarray(2));
  const [, value] = cut(afterLanguage);
  try {
    return [keyword, (compressed ? inflateSync(value, { maxOutputLength: maxTextBytes }) : value).toString('utf8')];
  } catch {
    throw new InputError(`The text "${keyword}" of the PNG cannot be unpacked.`);
  }
}

/** What stands before the first zero byte, and what after it. */
function cut(data: Buffer): [string, Buffer] {
  const zero = data.indexOf(0);
  if (zero < 0) throw new InputError('A text of the PNG has no end of its keyword.');
  return [data.toString('latin1', 0, zero), data.subarray(zero + 1)];
}

function* chunks(png: Buffer): Generator<Chunk> {
  if (!png.subarray(0, 8).equals(signature)) throw new InputError('The file is no PNG.');
  for (let at = 8; at < png.length;) {
    const length = at + 12 <= png.length ? png.readUInt32BE(at) : Infinity;
    const end = at + 12 + length;
    if (end > png.length) throw new InputError('The PNG is truncated.');
    yield { type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, end - 4), end };
    at = end;
  }
}
