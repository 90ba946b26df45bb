/** What must be true of the pictures of a finished job, wherever they were made. */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect } from 'vitest';

export interface ManifestEntry {
  jobId: string;
  index: number;
  file: string;
  sha256: string;
  pixelSha256: string;
  seed: number;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Checks that `folder` holds exactly the pictures of its manifest, one per index from 0, each intact; gives the manifest. */
export async function expectEveryPictureOnce(folder: string, total: number): Promise<ManifestEntry[]> {
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as ManifestEntry[];
  expect(manifest.map(({ index }) => index).sort((a, b) => a - b)).toEqual(Array.from({ length: total }, (_, i) => i));
  expect(readdirSync(folder).sort()).toEqual(['manifest.json', ...manifest.map(({ file }) => file)].sort());
  for (const entry of manifest) {
    const file = readFileSync(join(folder, entry.file));
    expect(sha256(file), entry.file).toBe(entry.sha256);
    const { data } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    expect(sha256(data), entry.file).toBe(entry.pixelSha256);
    expect(Math.max(...data) - Math.min(...data), `${entry.file} is of one colour`).toBeGreaterThan(32);
  }
  return manifest;
}
