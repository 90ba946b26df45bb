import { randomUUID } from 'node:crypto';
import { mkdir, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import type { FileStore } from './file-store.js';

/** Longest side in pixels. */
const side = 256;

/** Small WebP pictures of stored ones, made when first asked for and kept in a folder that may be deleted at any time. */
export class Thumbnails {
  private readonly making = new Map<string, Promise<string>>();

  constructor(
    private readonly folder: string,
    private readonly files: FileStore,
  ) {}

  /** Path of the thumbnail of a stored picture. */
  async pathOf(sha256: string): Promise<string> {
    const path = join(this.folder, sha256.slice(0, 2), `${sha256}.webp`);
    if (await stat(path).catch(() => null)) return path;
    const making = this.making.get(sha256) ?? this.make(sha256, path).finally(() => this.making.delete(sha256));
    this.making.set(sha256, making);
    return making;
  }

  private async make(sha256: string, path: string): Promise<string> {
    await mkdir(dirname(path), { recursive: true });
    const draft = `${path}.${randomUUID()}`;
    await sharp(this.files.pathOf(sha256))
      .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 80 })
      .toFile(draft);
    await rename(draft, path);
    return path;
  }
}
