/**
 * The real servers of a test run. They start when the first test asks for them, serve all files of the run, and stop at
 * its end: this module is the `globalSetup` of the vitest projects that use them.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNats, stopNats, type NatsServer } from './nats.js';
import { startPostgres, stopPostgres, type PostgresServer } from './postgres.js';

const FOLDER = 'ATELIER_TEST_SERVERS';

/** vitest calls this once before the first file and what it returns after the last. */
export default function setup(): (() => Promise<void>) | undefined {
  if (process.env[FOLDER]) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'atelier-test-'));
  process.env[FOLDER] = folder;
  return async () => {
    delete process.env[FOLDER];
    const postgres = started<PostgresServer>(folder, 'postgres');
    if (postgres) await stopPostgres(postgres);
    const nats = started<NatsServer>(folder, 'nats');
    if (nats) await stopNats(nats);
    rmSync(folder, { recursive: true, force: true });
  };
}

export const sharedPostgres = (): Promise<PostgresServer> => onceInRun('postgres', startPostgres);
export const sharedNats = (): Promise<NatsServer> => onceInRun('nats', startNats);

/** Folder of what the files of this run share. */
export function runFolder(): string {
  const folder = process.env[FOLDER];
  if (!folder) throw new Error('tests/support/servers.ts is no globalSetup of this vitest project.');
  return folder;
}

/** Makes something the first time that any file of the run asks, and gives its description to all. Failure is shared too. */
export async function onceInRun<T>(name: string, make: () => Promise<T>): Promise<T> {
  const folder = runFolder();
  if (takes(join(folder, `${name}.taken`))) {
    const outcome = await make().then(
      (value) => ({ value }),
      (error: Error) => ({ error: error.message }),
    );
    writeFileSync(join(folder, `${name}.draft`), JSON.stringify(outcome));
    renameSync(join(folder, `${name}.draft`), join(folder, `${name}.json`));
  }
  const file = join(folder, `${name}.json`);
  while (!existsSync(file)) await new Promise((wait) => setTimeout(wait, 20));
  const { value, error } = JSON.parse(readFileSync(file, 'utf8')) as { value: T; error?: string };
  if (error !== undefined) throw new Error(error);
  return value;
}

/** Whether this caller is the first: a folder is made by one only. */
function takes(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function started<T>(folder: string, name: string): T | undefined {
  const file = join(folder, `${name}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { value?: T }).value : undefined;
}
