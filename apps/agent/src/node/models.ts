/** The models on this node's disk, found by content: a name may mean another file on another node, a hash never does. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { agentProto } from '@atelier/contracts';
import { findModels, hashCheckpoint } from '@atelier/diffusion/checkpoint';
import type { Logger } from '@atelier/telemetry';
import { writeDurably } from './durable-file.js';

interface HashedModel {
  name: string;
  path: string;
  sha256: string;
}

/** Remembered by path: hashing 7 GB takes a minute, looking at sizes and times a millisecond. */
type HashCache = Record<string, { fingerprint: string; sha256: string }>;

export class Models {
  private bySha256 = new Map<string, HashedModel>();
  private scanning: Promise<boolean> | undefined;

  constructor(
    private readonly folders: readonly string[],
    private readonly cacheFile: string,
    private readonly log: Logger,
  ) {}

  /** What there is, for the inventory. */
  references(): agentProto.ModelReference[] {
    return [...this.bySha256.values()].map(({ name, sha256 }) => ({ name, sha256 }));
  }

  /** Where the model with this hash lies. */
  pathOf(sha256: string): string | undefined {
    return this.bySha256.get(sha256)?.path;
  }

  /** Looks through the folders and hashes what is new or has changed. True where the list of models is another than before. */
  scan(): Promise<boolean> {
    this.scanning ??= this.look().finally(() => (this.scanning = undefined));
    return this.scanning;
  }

  private async look(): Promise<boolean> {
    const cache = await readFile(this.cacheFile, 'utf8').then(
      (text) => JSON.parse(text) as HashCache,
      () => ({}) as HashCache,
    );
    const fresh: HashCache = {};
    const found = new Map<string, HashedModel>();
    for (const { name, path } of await findModels(this.folders)) {
      try {
        const fingerprint = await fingerprintOf(path);
        const known = cache[path];
        const sha256 = known?.fingerprint === fingerprint ? known.sha256 : await hashCheckpoint(path);
        fresh[path] = { fingerprint, sha256 };
        if (!found.has(sha256)) found.set(sha256, { name, path, sha256 });
      } catch (error) {
        this.log.warn({ path, why: (error as Error).message }, 'a model cannot be read and is left out');
      }
    }
    if (JSON.stringify(fresh) !== JSON.stringify(cache)) await this.remember(fresh);
    const changed = [...found.keys()].join() !== [...this.bySha256.keys()].join();
    this.bySha256 = found;
    return changed;
  }

  private async remember(cache: HashCache): Promise<void> {
    await writeDurably(this.cacheFile, `${JSON.stringify(cache, null, 2)}\n`).catch((error: Error) =>
      this.log.warn({ why: error.message }, 'the hashes of models are not remembered'),
    );
  }
}

/** Path, size and time of change of every file of a model. */
async function fingerprintOf(path: string): Promise<string> {
  const status = await stat(path);
  if (!status.isDirectory()) return `${status.size} ${status.mtimeMs}`;
  const parts: string[] = [];
  for (const name of (await readdir(path)).sort()) parts.push(`${name}(${await fingerprintOf(join(path, name))})`);
  return parts.join(' ');
}
