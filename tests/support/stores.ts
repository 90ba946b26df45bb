/** Both sizes of the store with an empty, migrated database for each caller: `describe.each(storeSizes)`. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type StoreLocation } from '@atelier/store';
import pg from 'pg';
import { postgresUrl, type PostgresServer } from './postgres.js';
import { onceInRun, runFolder, sharedPostgres } from './servers.js';

export interface StoreSize {
  kind: 'embedded' | 'cluster';
  /** A database of its own. Close every store over it before `dispose`. */
  fresh(): Promise<{ location: StoreLocation; dispose(): Promise<void> }>;
}

export const storeSizes: StoreSize[] = [
  { kind: 'embedded', fresh: freshFolder },
  { kind: 'cluster', fresh: freshDatabase },
];

const TEMPLATE = 'atelier_template';

/** A copy of a data folder that was initialised once in this run: 1 s instead of 4. */
async function freshFolder() {
  const template = await onceInRun('embedded-template', async () => {
    const dataDir = join(runFolder(), 'embedded');
    await (await openStore({ dataDir })).close();
    return dataDir;
  });
  const dataDir = mkdtempSync(join(tmpdir(), 'atelier-data-'));
  cpSync(template, dataDir, { recursive: true });
  return { location: { dataDir }, dispose: async () => rmSync(dataDir, { recursive: true, force: true }) };
}

/** A clone of a database that was migrated once in this run. */
async function freshDatabase() {
  const server = await sharedPostgres();
  await onceInRun('postgres-template', async () => {
    await administer(server, `CREATE DATABASE ${TEMPLATE}`);
    await (await openStore({ databaseUrl: postgresUrl(server, TEMPLATE) })).close();
    return TEMPLATE;
  });
  const name = `test_${process.pid}_${Math.random().toString(36).slice(2, 10)}`;
  await administer(server, `CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
  return {
    location: { databaseUrl: postgresUrl(server, name) },
    // It goes with its server at the end of the run.
    dispose: async () => {},
  };
}

async function administer(server: PostgresServer, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: postgresUrl(server, 'postgres') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
