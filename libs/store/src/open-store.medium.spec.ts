import pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { postgresUrl, type PostgresServer } from '../../../tests/support/postgres.js';
import { sharedPostgres } from '../../../tests/support/servers.js';
import { openStore } from './index.js';

describe('openStore says in one sentence what is wrong with', () => {
  let server: PostgresServer;
  beforeAll(async () => void (server = await sharedPostgres()));

  it.each(['', 'nonsense', 'mysql://localhost/x'])('the address "%s"', async (databaseUrl) => {
    await expect(openStore({ databaseUrl })).rejects.toMatchObject({
      code: 'invalid_request',
      message: 'The database address does not begin with postgresql://.',
    });
  });

  it('a database that does not exist', async () => {
    await expect(openStore({ databaseUrl: postgresUrl(server, 'nowhere') })).rejects.toMatchObject({
      code: 'invalid_request',
      message: 'The PostgreSQL server refuses the connection: database "nowhere" does not exist.',
    });
  });

  it('a role that does not exist', async () => {
    const databaseUrl = postgresUrl(server, 'postgres').replace('postgres@', 'nobody@');
    await expect(openStore({ databaseUrl })).rejects.toMatchObject({
      code: 'invalid_request',
      message: 'The PostgreSQL server refuses the connection: role "nobody" does not exist.',
    });
  });

  it('a server that is not there', async () => {
    await expect(openStore({ databaseUrl: 'postgresql://127.0.0.1:1/x' })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/^The database does not answer \(.*ECONNREFUSED.*\)\.$/),
    });
  });
});

it('two schedulers that start at once over an empty database make one schema', async () => {
  const server = await sharedPostgres();
  const admin = new pg.Client({ connectionString: postgresUrl(server, 'postgres') });
  await admin.connect();
  await admin.query('CREATE DATABASE two_at_once');
  const location = { databaseUrl: postgresUrl(server, 'two_at_once') };
  const stores = await Promise.all([openStore(location), openStore(location)]);
  expect(await Promise.all(stores.map((store) => store.events.range()))).toEqual(Array(2).fill({ first: 1, last: 0 }));
  await Promise.all(stores.map((store) => store.close()));
  await admin.end();
});
