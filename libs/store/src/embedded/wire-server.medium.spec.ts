import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WireServer } from './wire-server.mjs';

const IDLE_MS = 300;

describe('WireServer', () => {
  let folder: string;
  let database: PGlite;
  let server: WireServer;
  let pool: pg.Pool;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'atelier-wire-'));
    database = await PGlite.create();
    server = new WireServer(database, {
      idleInTransactionMs: IDLE_MS,
      onFatal: (error) => {
        throw error;
      },
    });
    await server.listen(join(folder, '.s.PGSQL.5499'));
    pool = new pg.Pool({ host: folder, port: 5499, user: 'postgres', database: 'postgres', max: 10 });
    pool.on('error', () => {});
    await pool.query('CREATE TABLE t (n integer)');
  });
  afterAll(async () => {
    await pool.end();
    await server.close();
    await database.close();
    rmSync(folder, { recursive: true });
  });

  it('answers each of many connections with its own rows, also when a query comes in many pieces', async () => {
    const big = 'y'.repeat(400_000);
    const queries = Array.from({ length: 150 }, async (_, i) => {
      if (i % 3 === 0) return (await pool.query('SELECT $1::integer AS a', [i])).rows[0].a === i;
      const { rows } = await pool.query('SELECT length($1) AS length, $2::integer AS i', [big + i, i]);
      return rows[0].length === big.length + String(i).length && rows[0].i === i;
    });
    expect((await Promise.all(queries)).filter((right) => !right)).toEqual([]);
  });

  it('lets transactions of many connections take turns', async () => {
    await pool.query('TRUNCATE t; INSERT INTO t VALUES (0)');
    await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const client = await pool.connect();
        await client.query('BEGIN');
        const { rows } = await client.query('SELECT n FROM t');
        await new Promise((later) => setTimeout(later, i % 3));
        await client.query('UPDATE t SET n = $1', [rows[0].n + 1]);
        await client.query(i % 4 === 0 ? 'ROLLBACK' : 'COMMIT');
        client.release();
      }),
    );
    expect((await pool.query('SELECT n FROM t')).rows).toEqual([{ n: 15 }]);
  });

  it.each([
    ['goes away', async (client: pg.Client) => void client.connection.stream.destroy()],
    ['falls silent', () => new Promise((later) => setTimeout(later, IDLE_MS * 2))],
  ])('rolls back the transaction of a client that %s', async (_what, leave) => {
    await pool.query('TRUNCATE t');
    const client = new pg.Client({ host: folder, port: 5499, user: 'postgres', database: 'postgres' });
    client.on('error', () => {});
    await client.connect();
    await client.query('BEGIN');
    await client.query('INSERT INTO t VALUES (1)');
    const waiting = pool.query('SELECT count(*)::integer AS n FROM t');
    await leave(client);
    expect((await waiting).rows).toEqual([{ n: 0 }]);
    await client.end().catch(() => {});
  });

  it('goes on after an error within a transaction', async () => {
    const client = await pool.connect();
    await client.query('BEGIN');
    await expect(client.query('SELECT 1/0')).rejects.toThrow('division by zero');
    await expect(client.query('SELECT 1')).rejects.toThrow('aborted');
    await client.query('ROLLBACK');
    client.release();
    expect((await pool.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }]);
  });

  it.each([
    ['a message of no known type', '~\0\0\0\x04'],
    ['a message shorter than nothing', 'Q\xff\xff\xff\xff'],
  ])('cuts off who sends %s', async (_what, message) => {
    const socket = createConnection(join(folder, '.s.PGSQL.5499'));
    const closed = once(socket, 'close');
    const parameters = Buffer.from('user\0postgres\0\0');
    const startup = Buffer.alloc(8);
    startup.writeInt32BE(8 + parameters.length, 0);
    startup.writeInt32BE(196608, 4);
    socket.resume().write(Buffer.concat([startup, parameters, Buffer.from(message, 'latin1')]));
    await closed;
    expect((await pool.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }]);
  });

  it('refuses to copy from a client, in a query and in a prepared one, but not text that looks like it', async () => {
    for (const query of ['COPY t FROM STDIN', { text: 'copy t (n)\n from stdin', values: [], name: 'c' }])
      await expect(pool.query(query)).rejects.toThrow('COPY FROM STDIN does not work on the embedded database');
    const text = 'copy it from stdin';
    expect((await pool.query('SELECT $1 AS text', [text])).rows).toEqual([{ text }]);
  });
});
