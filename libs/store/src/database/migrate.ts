/** Brings a database to the present schema, in Prisma's own bookkeeping: `prisma migrate` sees what this applied. */
import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AtelierError } from '@atelier/contracts';
import type { Database, Transaction } from './database.js';

/** The advisory lock that Prisma's own migration engine takes. Without meaning on the embedded database, where the data folder is locked. */
const MIGRATION_LOCK = 72707369;

/** Major version of PostgreSQL. */
const OLDEST_SERVER = 15;

/** As Prisma makes it. */
const BOOKKEEPING = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz, migration_name varchar(255) NOT NULL,
  logs text, rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(),
  applied_steps_count integer NOT NULL DEFAULT 0)`;

interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

const folder = fileURLToPath(new URL('../../prisma/migrations/', import.meta.url));

/** The migrations of this version, oldest first. */
export function knownMigrations(): Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      const sql = readFileSync(`${folder}/${name}/migration.sql`, 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    });
}

/**
 * Applies what is missing, in one transaction: all or nothing, and of two schedulers that start at once one waits.
 * Throws `conflict` when the server is too old, or the database was made by a newer version or by other migrations of the
 * same names.
 */
export async function migrate(database: Database, migrations = knownMigrations()): Promise<void> {
  await database.transaction(async (transaction) => {
    await checkVersion(transaction);
    await transaction.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await transaction.query(BOOKKEEPING);
    const applied = await appliedChecksums(transaction);
    for (const name of applied.keys()) {
      if (!migrations.some((migration) => migration.name === name))
        throw new AtelierError(
          'conflict',
          `The database has the migration ${name}, which this version does not know: run a newer version.`,
        );
    }
    for (const migration of migrations) {
      const checksum = applied.get(migration.name);
      if (checksum === undefined) await apply(transaction, migration);
      else if (checksum !== migration.checksum)
        throw new AtelierError('conflict', `The database was made by another text of the migration ${migration.name}.`);
    }
  });
}

async function checkVersion(transaction: Transaction): Promise<void> {
  const [server] = await transaction.query<{ number: number; version: string }>(
    `SELECT current_setting('server_version_num')::integer AS number, current_setting('server_version') AS version`,
  );
  if (server!.number < OLDEST_SERVER * 10_000)
    throw new AtelierError(
      'conflict',
      `The server is PostgreSQL ${server!.version}: Atelier needs ${OLDEST_SERVER} or newer.`,
    );
}

async function appliedChecksums(transaction: Transaction): Promise<Map<string, string>> {
  const rows = await transaction.query<{ migration_name: string; checksum: string }>(
    'SELECT migration_name, checksum FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  );
  return new Map(rows.map((row) => [row.migration_name, row.checksum]));
}

async function apply(transaction: Transaction, { name, sql, checksum }: Migration): Promise<void> {
  await transaction.query(sql);
  await transaction.query(
    `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)
     VALUES ($1, $2, clock_timestamp(), $3, 1)`,
    [randomUUID(), checksum, name],
  );
}
