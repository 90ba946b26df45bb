/** Files named by the SHA-256 of their content, in a folder. A file is there whole and safe on the disk, or not at all. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, type ReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AtelierError } from '@atelier/contracts';

/** A file that was received and lies beside the store until it is kept or discarded. */
export interface ReceivedFile {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** What is left of the disk for others: a database that lies on it must never find it full. */
const reserveBytes = 16 * 2 ** 20;

export class FileStore {
  /** Why no file is taken, in a sentence; empty while there is room. */
  trouble = '';

  private constructor(private readonly folder: string) {}

  /** Opens the store in `folder`; what an earlier process had only half received is deleted. */
  static async open(folder: string): Promise<FileStore> {
    const store = new FileStore(folder);
    await rm(store.incoming, { recursive: true, force: true });
    await mkdir(store.incoming, { recursive: true });
    return store;
  }

  /** Throws `storage_full` unless a file of `bytes` fits. */
  async requireRoom(bytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.folder);
    const free = bavail * bsize;
    this.trouble =
      free < bytes + reserveBytes
        ? `The picture store ${this.folder} takes no pictures: its disk is full (${Math.floor(free / 2 ** 20)} MB left); free some space.`
        : '';
    if (this.trouble) throw new AtelierError('storage_full', this.trouble);
  }

  /** Writes what comes, through to the disk. Throws `payload_too_large` beyond `maximumBytes`, `storage_full`. */
  async receive(source: AsyncIterable<Uint8Array>, maximumBytes: number): Promise<ReceivedFile> {
    const path = join(this.incoming, randomUUID());
    const hash = createHash('sha256');
    let bytes = 0;
    try {
      const file = await open(path, 'wx');
      try {
        for await (const chunk of source) {
          bytes += chunk.length;
          if (bytes > maximumBytes)
            throw new AtelierError('payload_too_large', `The file is larger than ${maximumBytes} bytes.`);
          hash.update(chunk);
          await file.writeFile(chunk);
        }
        await file.sync();
      } finally {
        await file.close();
      }
      return { path, sha256: hash.digest('hex'), bytes };
    } catch (error) {
      await rm(path, { force: true });
      throw this.explained(error);
    }
  }

  /** Gives a received file its name. */
  async keep({ path, sha256 }: ReceivedFile): Promise<void> {
    const target = this.pathOf(sha256);
    const isNew = await mkdir(dirname(target), { recursive: true });
    await rename(path, target);
    await syncFolder(dirname(target));
    if (isNew) await syncFolder(this.folder);
  }

  async discard({ path }: ReceivedFile): Promise<void> {
    await rm(path, { force: true });
  }

  async has(sha256: string): Promise<boolean> {
    return stat(this.pathOf(sha256)).then(
      () => true,
      () => false,
    );
  }

  /** Where the file lies. */
  pathOf(sha256: string): string {
    return join(this.folder, sha256.slice(0, 2), sha256);
  }

  read(sha256: string): Promise<Buffer> {
    return readFile(this.pathOf(sha256));
  }

  stream(sha256: string): ReadStream {
    return createReadStream(this.pathOf(sha256));
  }

  async remove(sha256: string): Promise<void> {
    await rm(this.pathOf(sha256), { force: true });
  }

  private explained(error: unknown): unknown {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
    this.trouble = `The picture store ${this.folder} takes no pictures: its disk is full; free some space.`;
    return new AtelierError('storage_full', this.trouble);
  }

  private get incoming(): string {
    return join(this.folder, 'incoming');
  }
}

/** A rename is on the disk when its folder is. Windows flushes folders by itself and refuses to open them. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
