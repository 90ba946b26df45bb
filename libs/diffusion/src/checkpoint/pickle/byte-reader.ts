import { CheckpointError } from '../checkpoint-error.js';

/** Reads numbers and texts out of bytes, one after the other. Throws CheckpointError where the bytes end too early. */
export class ByteReader {
  private readonly view: DataView;
  /** Where the next one begins. */
  position = 0;

  /** @param source what to call the bytes in an error */
  constructor(
    private readonly buffer: Uint8Array,
    private readonly source: string,
  ) {
    this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  }

  bytes(count: number): Uint8Array {
    const from = this.take(count);
    return this.buffer.subarray(from, from + count);
  }

  text(count: number, encoding: 'utf-8' | 'latin1' = 'utf-8'): string {
    return new TextDecoder(encoding).decode(this.bytes(count));
  }

  /** A text up to the end of its line. */
  line(): string {
    const end = this.buffer.indexOf(10, this.position);
    if (end < 0) throw this.tooShort();
    const text = this.text(end - this.position);
    this.position++;
    return text;
  }

  u8(): number {
    return this.view.getUint8(this.take(1));
  }

  u16(): number {
    return this.view.getUint16(this.take(2), true);
  }

  u32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  i32(): number {
    return this.view.getInt32(this.take(4), true);
  }

  /** A length or a place, of 64 bits; those beyond all files become infinite. */
  u64(): number {
    const value = this.view.getBigUint64(this.take(8), true);
    return value > BigInt(Number.MAX_SAFE_INTEGER) ? Infinity : Number(value);
  }

  /** Big-endian, as pickles have it. */
  f64(): number {
    return this.view.getFloat64(this.take(8), false);
  }

  private take(count: number): number {
    const from = this.position;
    if (!(count <= this.buffer.length - from)) throw this.tooShort();
    this.position += count;
    return from;
  }

  private tooShort(): CheckpointError {
    return new CheckpointError(`${this.source} is damaged or cut off: it ends in the middle of a value.`);
  }
}
