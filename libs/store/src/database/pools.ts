import pg from 'pg';

/**
 * `dispatch` has a connection of its own, which no crowd of readers can take. What is asked for on it is sent at once,
 * before what was asked for earlier is answered.
 */
export type Lane = 'shared' | 'dispatch';

/** How long a connection may take to come about, or to become free. */
const CONNECT_WITHIN_MS = 10_000;
/** How long a statement of the dispatcher may take until its server counts as lost. They take some 20 ms. */
const DISPATCH_WITHIN_MS = 30_000;
const SHARED_CONNECTIONS = 10;

/** 64-bit integers of this schema (sizes, seeds, sequence numbers) stay below 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => (oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format)),
};

export function createPools(databaseUrl: string): Record<Lane, pg.Pool> {
  const options: pg.PoolConfig = {
    connectionString: databaseUrl,
    types,
    application_name: 'atelier',
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
  };
  const pools = {
    shared: new pg.Pool({ ...options, max: SHARED_CONNECTIONS }),
    dispatch: new pg.Pool({ ...options, max: 1, query_timeout: DISPATCH_WITHIN_MS, pipeline: true }),
  };
  // A connection that breaks fails the query that it runs and leaves its pool; it tells the world too, which needs no answer.
  for (const pool of Object.values(pools))
    pool.on('error', () => {}).on('connect', (client) => void client.on('error', () => {}));
  // The embedded database has one session for all: what a connection of before has prepared is still there.
  pools.dispatch.on('connect', (client) => void client.query('DEALLOCATE ALL').catch(() => {}));
  return pools;
}
