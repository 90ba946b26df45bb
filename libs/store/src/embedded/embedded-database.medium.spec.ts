import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { storeSizes } from '../../../../tests/support/stores.js';
import { openEmbeddedDatabase, type EmbeddedDatabase } from './embedded-database.js';

describe('openEmbeddedDatabase', () => {
  let root: string;
  let database: EmbeddedDatabase | undefined;
  beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'atelier-embedded-'))));
  afterEach(async () => {
    await database?.close();
    database = undefined;
    rmSync(root, { recursive: true });
  });

  const folders: { dispose(): Promise<void> }[] = [];
  afterAll(() => Promise.all(folders.map((folder) => folder.dispose())));

  /** A data folder whose database was made before, which takes its seconds. */
  const initialised = async () => {
    const fresh = await storeSizes.find(({ kind }) => kind === 'embedded')!.fresh();
    folders.push(fresh);
    return (fresh.location as { dataDir: string }).dataDir;
  };

  const ask = async (text: string) => {
    const client = new pg.Client({ connectionString: database!.url });
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query(text)).rows as unknown[];
    } finally {
      await client.end();
    }
  };

  it('keeps what it was told, in a folder that it makes, behind a socket of this user alone', async () => {
    const dataDir = join(root, 'deep', 'data');
    database = await openEmbeddedDatabase(dataDir);
    await ask('CREATE TABLE kept AS SELECT 1 AS n');
    const socketFolder = decodeURIComponent(new URL(database.url).hostname);
    expect(statSync(socketFolder).mode & 0o777).toBe(0o700);
    await expect(openEmbeddedDatabase(dataDir)).rejects.toMatchObject({ code: 'conflict' });
    await database.close();
    expect(existsSync(socketFolder)).toBe(false);
    database = await openEmbeddedDatabase(dataDir);
    expect(await ask('SELECT n FROM kept')).toEqual([{ n: 1 }]);
  });

  it('starts over when the making of the database was interrupted', async () => {
    mkdirSync(join(root, 'database.new', 'base'), { recursive: true });
    writeFileSync(join(root, 'database.new', 'PG_VERSION'), '18');
    database = await openEmbeddedDatabase(root);
    expect(await ask('SELECT 1 AS n')).toEqual([{ n: 1 }]);
  });

  it('finds a place for its socket when the folder has a long name', async () => {
    const long = join(root, 'x'.repeat(120));
    cpSync(await initialised(), long, { recursive: true });
    database = await openEmbeddedDatabase(long);
    expect(await ask('SELECT 1 AS n')).toEqual([{ n: 1 }]);
  });

  it('says in one sentence when the folder cannot be used, and holds nothing then', async () => {
    writeFileSync(join(root, 'file'), '');
    await expect(openEmbeddedDatabase(join(root, 'file'))).rejects.toMatchObject({ code: 'invalid_request' });
    mkdirSync(join(root, 'broken', 'database'), { recursive: true });
    writeFileSync(join(root, 'broken', 'database', 'PG_VERSION'), '9');
    await expect(openEmbeddedDatabase(join(root, 'broken'))).rejects.toMatchObject({ code: 'unavailable' });
    expect(existsSync(join(root, 'broken', 'lock'))).toBe(false);
  });

  it('comes back with its data after a fatal error', async () => {
    database = await openEmbeddedDatabase(await initialised());
    await ask('CREATE TABLE kept AS SELECT 1 AS n');
    const broken = once(process, 'warning');
    // A copy from the client that gets past the check for it ends PGlite.
    await expect(ask('COPY kept FROM /* */ STDIN')).rejects.toThrow();
    await broken;
    for (let tries = 0; ; tries++) {
      const rows = await ask('SELECT n FROM kept').catch(() => null);
      if (rows) {
        expect(rows).toEqual([{ n: 1 }]);
        break;
      }
      expect(tries).toBeLessThan(200);
      await new Promise((later) => setTimeout(later, 50));
    }
  });
});
