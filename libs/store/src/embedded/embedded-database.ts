/** PostgreSQL within this process: PGlite in a thread of its own, behind a Unix socket that only this user can reach. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { AtelierError } from '@atelier/contracts';
import { lockFolder } from '@atelier/data-folder';

export interface EmbeddedDatabase {
  /** Connection string, for this process and for others of the same user. */
  readonly url: string;
  close(): Promise<void>;
}

const PORT = 5499;
/** The longest path that a Unix socket may have: 108 bytes with the final zero on Linux, 104 on macOS. */
const LONGEST_SOCKET_PATH = 103;
/** A client that leaves a transaction open holds up everybody: there is one session for all. */
const IDLE_IN_TRANSACTION_MS = 10_000;

/**
 * Opens the database in `dataDir`, making it if there is none. Survives the kill of its process, not a power cut:
 * PGlite never calls fsync.
 * Throws `conflict` when another process has it open, `invalid_request` when the folder cannot be used.
 */
export async function openEmbeddedDatabase(dataDir: string): Promise<EmbeddedDatabase> {
  if (process.platform === 'win32')
    throw new AtelierError(
      'invalid_request',
      'The embedded database needs Unix sockets, which Node.js does not have on Windows: name a PostgreSQL server in ATELIER_DATABASE_URL.',
    );
  const root = resolve(dataDir);
  try {
    mkdirSync(root, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new AtelierError('invalid_request', `The data folder ${root} cannot be made: ${(error as Error).message}.`);
  }
  const unlock = lockFolder(root);
  let socketFolder: string | undefined;
  try {
    socketFolder = makeSocketFolder(root);
    const socketPath = join(socketFolder, `.s.PGSQL.${PORT}`);
    const thread = await superviseThread({ folder: join(root, 'database'), socketPath });
    return {
      url: `postgresql://postgres@${encodeURIComponent(socketFolder)}:${PORT}/postgres`,
      close: async () => {
        await thread.stop();
        rmSync(socketFolder!, { recursive: true, force: true });
        unlock();
      },
    };
  } catch (error) {
    if (socketFolder) rmSync(socketFolder, { recursive: true, force: true });
    unlock();
    throw error;
  }
}

/** A private folder for the socket: in the data folder where its path is short enough. */
function makeSocketFolder(root: string): string {
  const inside = join(root, 'socket');
  if (Buffer.byteLength(join(inside, `.s.PGSQL.${PORT}`)) > LONGEST_SOCKET_PATH)
    return mkdtempSync(join(tmpdir(), 'atelier-'));
  rmSync(inside, { recursive: true, force: true });
  mkdirSync(inside, { mode: 0o700 });
  chmodSync(inside, 0o700);
  return inside;
}

interface ThreadFiles {
  folder: string;
  socketPath: string;
}

/** Starts the database's thread, and starts it again should it end by itself: PGlite ends with its first fatal error. */
async function superviseThread(files: ThreadFiles): Promise<{ stop(): Promise<void> }> {
  let stopping = false;
  let worker: Worker | null = await startThread(files);
  watch(worker);

  function watch(thread: Worker) {
    thread.on('error', (error) =>
      process.emitWarning(`The embedded database broke and starts again: ${error.message}`),
    );
    thread.once('exit', () => {
      worker = null;
      if (!stopping) void restart();
    });
  }

  async function restart() {
    rmSync(files.socketPath, { force: true });
    try {
      worker = await startThread(files);
      watch(worker);
    } catch (error) {
      process.emitWarning((error as Error).message);
    }
  }

  return {
    stop: async () => {
      stopping = true;
      const running = worker;
      if (!running) return;
      await new Promise<void>((done) => {
        running.once('exit', () => done());
        running.postMessage('stop');
      });
    },
  };
}

async function startThread(files: ThreadFiles): Promise<Worker> {
  const worker = new Worker(new URL('./worker.mjs', import.meta.url), {
    workerData: { ...files, idleInTransactionMs: IDLE_IN_TRANSACTION_MS },
  });
  await new Promise<void>((done, fail) => {
    const failed = (reason: string) =>
      fail(new AtelierError('unavailable', `The database in ${files.folder} does not open: ${reason}.`));
    worker.once('message', () => done());
    worker.once('error', (error) => failed(error.message));
    worker.once('exit', (code) => failed(`its thread ended with code ${code}`));
  });
  worker.removeAllListeners();
  return worker;
}
