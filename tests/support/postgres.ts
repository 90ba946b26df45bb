/** A PostgreSQL server of Debian's package, in a folder of its own, as safe as in production: fsync stays on. */
import { execFile } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { debianProgram, idsOf } from './debian.js';
import { childrenOf, gone, killIfAlive } from './processes.js';

const run = promisify(execFile);
const PORT = 5432;

export interface PostgresServer {
  /** Folder of the socket and the data. */
  folder: string;
  /** Where Debian keeps the programs of this version. */
  bin: string;
}

/** Programs of the newest installed version. */
function findBin(): string | null {
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) return null;
  const versions = readdirSync(root).filter((version) => existsSync(join(root, version, 'bin', 'pg_ctl')));
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  return newest ? join(root, newest, 'bin') : null;
}

/** A server refuses to run as root. */
const account = (): { uid?: number; gid?: number } => (process.getuid?.() === 0 ? idsOf('postgres') : {});

/** Makes a cluster and starts it. It listens on a Unix socket only. */
export async function startPostgres(): Promise<PostgresServer> {
  const bin = await debianProgram('postgresql', findBin);
  const folder = mkdtempSync(join(tmpdir(), 'atelier-pg-'));
  const owner = account();
  if (owner.uid !== undefined && owner.gid !== undefined) chownSync(folder, owner.uid, owner.gid);
  const options = { cwd: folder, timeout: 60_000, ...owner };
  await run(
    join(bin, 'initdb'),
    ['-D', join(folder, 'data'), '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C'],
    options,
  );
  const server = { folder, bin };
  await resumePostgres(server);
  return server;
}

/** Starts a server that was stopped or killed, over the same data. */
export async function resumePostgres({ folder, bin }: PostgresServer): Promise<void> {
  const settings = `-k ${folder} -p ${PORT} -c listen_addresses= -c max_connections=200`;
  const log = join(folder, 'log');
  // pg_ctl leaves a server behind that would keep its pipes open: its output goes to the log alone.
  const started = run(
    join(bin, 'pg_ctl'),
    ['-D', join(folder, 'data'), '-w', '-s', '-l', log, '-o', settings, 'start'],
    {
      cwd: folder,
      timeout: 60_000,
      ...account(),
    },
  );
  try {
    await started;
  } catch (error) {
    const tail = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').slice(-3).join(' ') : '';
    throw new Error(`PostgreSQL did not start: ${tail || (error as Error).message}`, { cause: error });
  }
}

/** Connection string of one of its databases. */
export const postgresUrl = ({ folder }: PostgresServer, database: string) =>
  `postgresql://postgres@${encodeURIComponent(folder)}:${PORT}/${database}`;

const pidFileOf = (folder: string) => join(folder, 'data', 'postmaster.pid');

/** The process that all others of a server are children of. */
export const postmasterPid = ({ folder }: Pick<PostgresServer, 'folder'>): number =>
  Number(readFileSync(pidFileOf(folder), 'utf8').split('\n')[0]);

/** Kills the server and all its processes at once, as a crash would: nobody is told, nothing is finished. */
export async function crashPostgres({ folder }: PostgresServer): Promise<void> {
  const pidFile = pidFileOf(folder);
  const postmaster = postmasterPid({ folder });
  const processes = [postmaster, ...childrenOf(postmaster)];
  processes.forEach(killIfAlive);
  await Promise.all(processes.map(gone));
  // The next server looks whether the number in these files is alive: dead but not yet reaped counts as alive.
  rmSync(pidFile);
  rmSync(join(folder, `.s.PGSQL.${PORT}.lock`), { force: true });
}

/** Stops the server and deletes its folder. */
export async function stopPostgres({ folder, bin }: PostgresServer): Promise<void> {
  await run(join(bin, 'pg_ctl'), ['-D', join(folder, 'data'), '-w', '-s', '-m', 'immediate', 'stop'], {
    cwd: folder,
    timeout: 60_000,
    ...account(),
  }).catch(() => {});
  rmSync(folder, { recursive: true, force: true });
}
