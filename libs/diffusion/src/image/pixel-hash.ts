import { createHash } from 'node:crypto';

// A file of its own, since the engine's process hashes pictures but writes no files: loading sharp takes 100 ms and 20 MB.

/** SHA-256 of the decoded pixels, hex: equal pictures have it in common whatever file they lie in. */
export function pixelSha256(pixels: Uint8Array): string {
  return createHash('sha256').update(pixels).digest('hex');
}
