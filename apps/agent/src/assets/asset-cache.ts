/** Images that tasks begin from or follow, kept on this node's disk by their hashes: the most recently used ones. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface AssetCacheOptions {
  folder: string;
  /** The folder is kept below that, but for the newest file. */
  maximumBytes: number;
  /** Brings an asset from the scheduler. */
  fetch(sha256: string): Promise<Buffer>;
}

export class AssetCache {
  private readonly coming = new Map<string, Promise<Buffer>>();

  private constructor(private readonly options: AssetCacheOptions) {}

  /** Opens the folder; what a crash left unfinished is deleted. */
  static async open(options: AssetCacheOptions): Promise<AssetCache> {
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(options.folder))
      if (name.endsWith('.part')) await rm(join(options.folder, name), { force: true });
    return new AssetCache(options);
  }

  /** The content of an asset, from the disk or else from the scheduler; several who ask at once share one fetch. */
  get(sha256: string): Promise<Buffer> {
    const coming = this.coming.get(sha256) ?? this.obtain(sha256).finally(() => this.coming.delete(sha256));
    this.coming.set(sha256, coming);
    return coming;
  }

  private async obtain(sha256: string): Promise<Buffer> {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new Error('it is named by no hash');
    const path = join(this.options.folder, sha256);
    const kept = await readFile(path).catch(() => undefined);
    if (kept && hashOf(kept) === sha256) {
      const now = new Date();
      await utimes(path, now, now).catch(() => undefined);
      return kept;
    }
    const bytes = await this.options.fetch(sha256);
    // A full disk costs another fetch, nothing else.
    await this.keep(path, bytes).catch(() => rm(`${path}.part`, { force: true }));
    return bytes;
  }

  private async keep(path: string, bytes: Buffer): Promise<void> {
    await writeFile(`${path}.part`, bytes);
    await rename(`${path}.part`, path);
    await this.trim(path);
  }

  /** Deletes what was used the longest ago. */
  private async trim(newest: string): Promise<void> {
    const { folder, maximumBytes } = this.options;
    const paths = (await readdir(folder)).map((name) => join(folder, name));
    const files = await Promise.all(paths.map(async (path) => ({ path, ...(await measure(path)) })));
    files.sort((a, b) => b.usedAt - a.usedAt);
    let total = 0;
    for (const { path, bytes } of files) {
      total += bytes;
      if (total > maximumBytes && path !== newest) await rm(path, { force: true });
    }
  }
}

const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

async function measure(path: string): Promise<{ bytes: number; usedAt: number }> {
  const found = await stat(path).catch(() => undefined);
  return { bytes: found?.size ?? 0, usedAt: found?.mtimeMs ?? 0 };
}
