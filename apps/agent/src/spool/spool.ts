/**
 * Finished pictures on this node's disk. A picture leaves only when the scheduler has decided on it, whatever restarts
 * in between. An entry is `<attempt>.json` beside `<attempt>.picture`; the json is written last and removed first, so
 * that it always names a whole file.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { agentProto } from '@atelier/contracts';
import type { Logger } from '@atelier/telemetry';
import { isDraft, syncFolder, writeDurably } from '../node/durable-file.js';

/** What is told of a picture when it has been uploaded, and what a ticket is asked with. */
export interface SpoolEntry {
  uploaded: agentProto.AttemptUploaded;
  bytes: number;
  mediaType: string;
}

/** The schedulers' ids; as file names they stay in the folder. */
const attemptIdPattern = /^[A-Za-z0-9_-]{1,64}$/;
export const isAttemptId = (id: string) => attemptIdPattern.test(id);

export class Spool {
  private readonly held = new Map<string, SpoolEntry>();

  private constructor(readonly folder: string) {}

  /** Opens the folder; what a crash left unfinished or damaged is dropped, with a word in the log. */
  static async open(folder: string, log: Logger): Promise<Spool> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const spool = new Spool(folder);
    const names = await readdir(folder);
    for (const name of names.filter((name) => name.endsWith('.json'))) await spool.recover(name.slice(0, -5), log);
    const orphans = names.filter(
      (name) => isDraft(name) || (name.endsWith('.picture') && !spool.held.has(name.slice(0, -8))),
    );
    for (const name of orphans) await rm(join(folder, name), { force: true });
    return spool;
  }

  /** What waits, the oldest first. */
  entries(): SpoolEntry[] {
    return [...this.held.values()].sort((a, b) => finishedAt(a) - finishedAt(b));
  }

  get size(): number {
    return this.held.size;
  }

  has(attemptId: string): boolean {
    return this.held.has(attemptId);
  }

  /** Stores a picture; when it resolves the picture survives a power cut. Rejects where the disk takes it not. */
  async add(entry: SpoolEntry, file: Uint8Array): Promise<void> {
    const { attemptId } = entry.uploaded;
    try {
      await writeDurably(this.picturePath(attemptId), file);
      await writeDurably(this.entryPath(attemptId), JSON.stringify(encode(entry)));
    } catch (error) {
      await this.clear(attemptId).catch(() => undefined);
      throw error;
    }
    this.held.set(attemptId, entry);
  }

  /** Drops a picture; unknown ones are fine. */
  async remove(attemptId: string): Promise<void> {
    if (!this.held.delete(attemptId)) return;
    await this.clear(attemptId);
    await syncFolder(this.folder);
  }

  picturePath(attemptId: string): string {
    return join(this.folder, `${attemptId}.picture`);
  }

  private entryPath(attemptId: string): string {
    return join(this.folder, `${attemptId}.json`);
  }

  private async clear(attemptId: string): Promise<void> {
    await rm(this.entryPath(attemptId), { force: true });
    await rm(this.picturePath(attemptId), { force: true });
    for (const path of [this.entryPath(attemptId), this.picturePath(attemptId)])
      await rm(`${path}.part`, { force: true });
  }

  private async recover(attemptId: string, log: Logger): Promise<void> {
    try {
      const entry = decode(JSON.parse(await readFile(this.entryPath(attemptId), 'utf8')));
      const file = await readFile(this.picturePath(attemptId));
      if (createHash('sha256').update(file).digest('hex') !== entry.uploaded.sha256)
        throw new Error('its hash differs');
      this.held.set(attemptId, entry);
    } catch (error) {
      log.warn({ attemptId, why: (error as Error).message }, 'dropped a damaged picture from the spool');
      await this.clear(attemptId);
    }
  }
}

const encode = ({ uploaded, ...rest }: SpoolEntry) => ({
  ...rest,
  uploaded: agentProto.AttemptUploaded.toJSON(uploaded),
});

function decode(stored: { uploaded: unknown; bytes: number; mediaType: string }): SpoolEntry {
  return { ...stored, uploaded: agentProto.AttemptUploaded.fromJSON(stored.uploaded) };
}

const finishedAt = ({ uploaded }: SpoolEntry) => uploaded.record?.renderFinishedAt?.getTime() ?? 0;
