import { randomBytes } from 'node:crypto';

/**
 * A new identifier: a UUID of version 7 (RFC 9562). Its first 48 bits are the time in milliseconds, so identifiers made
 * later sort later and the rows of an index stay together.
 */
export function newId(): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
