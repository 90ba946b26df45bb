import { readFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeSizes } from '../../../../tests/support/stores.js';
import { openStore, type Store } from '../index.js';
import { connect } from './database.js';
import { knownMigrations, migrate } from './migrate.js';

const sqlTypes: Record<string, string> = {
  String: 'text',
  'String[]': 'ARRAY',
  Int: 'integer',
  Float: 'double precision',
  Boolean: 'boolean',
  BigInt: 'bigint',
  DateTime: 'timestamp with time zone',
  Json: 'jsonb',
};

/** `table.column: type, null or not null`, of every column that Prisma's schema names. */
function prismaColumns(): string[] {
  const schema = readFileSync(new URL('../../prisma/schema.prisma', import.meta.url), 'utf8');
  return [...schema.matchAll(/^model \w+ \{(.*?)^\}/gms)].flatMap(([, body = '']) => {
    const table = /@@map\("(\w+)"\)/.exec(body)![1]!;
    return [...body.matchAll(/^ {2}(\w+) +(\w+(?:\[\])?)(\?)?(.*)$/gm)].flatMap(
      ([, field, type = '', optional, rest = '']) => {
        const column = /@map\("(\w+)"\)/.exec(rest)?.[1] ?? field;
        const sqlType = sqlTypes[type];
        return sqlType ? [`${table}.${column}: ${sqlType}, ${optional ? 'null' : 'not null'}`] : [];
      },
    );
  });
}

describe.each(storeSizes)('$kind: schema', (size) => {
  let store: Store;
  let dispose: () => Promise<void>;
  let sql: pg.Pool;

  beforeAll(async () => {
    const fresh = await size.fresh();
    dispose = fresh.dispose;
    store = await openStore(fresh.location);
    sql = new pg.Pool({ connectionString: store.databaseUrl });
  });
  afterAll(async () => {
    await sql.end();
    await store.close();
    await dispose();
  });

  it('is what Prisma believes it to be', async () => {
    const { rows } = await sql.query<{ line: string }>(
      `SELECT c.table_name || '.' || c.column_name || ': ' || c.data_type
              || CASE c.is_nullable WHEN 'YES' THEN ', null' ELSE ', not null' END AS line
       FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
       WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER'
         AND c.table_name <> '_prisma_migrations'`,
    );
    expect(prismaColumns().sort()).toEqual(rows.map((row) => row.line).sort());
  });

  it('has the views that docs/schema.md promises, column for column', async () => {
    const { rows } = await sql.query<{ view: string; columns: string[] }>(
      `SELECT table_name AS view, array_agg(column_name::text ORDER BY ordinal_position) AS columns
       FROM information_schema.columns WHERE table_schema = 'public' AND table_name LIKE '%\\_v1' GROUP BY 1`,
    );
    const promised = readFileSync(new URL('../../../../docs/schema.md', import.meta.url), 'utf8');
    const documented = [...promised.matchAll(/^## `(\w+)`\n(.*?)(?=^## |(?![\s\S]))/gms)].map(
      ([, view, body = '']) => ({
        view,
        columns: [...body.matchAll(/^\| `(\w+)`/gm)].map(([, column]) => column),
      }),
    );
    const byView = (a: { view?: string }, b: { view?: string }) => a.view!.localeCompare(b.view!);
    expect(documented.sort(byView)).toEqual(rows.sort(byView));
  });

  it("keeps Prisma's bookkeeping, so that migrating again does nothing", async () => {
    const database = connect(store.databaseUrl);
    const applied = () =>
      sql.query('SELECT migration_name, checksum, applied_steps_count FROM _prisma_migrations ORDER BY 1');
    const before = (await applied()).rows;
    await migrate(database);
    expect((await applied()).rows).toEqual(before);
    expect(before).toEqual(
      knownMigrations().map(({ name, checksum }) => ({ migration_name: name, checksum, applied_steps_count: 1 })),
    );
    await database.close();
  });

  it('applies a new migration, whole or not at all, and refuses what it does not know', async () => {
    const database = connect(store.databaseUrl);
    const known = knownMigrations();
    const extra = {
      name: '99999999999999_extra',
      sql: 'CREATE TABLE extra (id integer); CREATE TABLE extra (id integer)',
      checksum: 'c',
    };
    await expect(migrate(database, [...known, extra])).rejects.toThrow('already exists');
    const good = { ...extra, sql: 'CREATE TABLE extra (id integer); INSERT INTO extra VALUES (1)' };
    await migrate(database, [...known, good]);
    expect((await sql.query('SELECT id FROM extra')).rows).toEqual([{ id: 1 }]);

    await expect(migrate(database, known)).rejects.toMatchObject({ code: 'conflict' });
    await expect(migrate(database, [...known, { ...good, checksum: 'other' }])).rejects.toMatchObject({
      code: 'conflict',
    });
    await sql.query(`DROP TABLE extra; DELETE FROM _prisma_migrations WHERE migration_name = '${extra.name}'`);
    await database.close();
  });
});
