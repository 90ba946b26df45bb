/** The one way to the database: queries, transactions that log events, and Prisma's client, over the same connections. */
import type { LoggedEvent } from '@atelier/contracts';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { Prisma, PrismaClient } from '../generated/prisma/client.js';
import { serialise } from './serialise.js';
import { isLost, isWorthRepeating, translated } from './errors.js';
import { writeEvents, type NewEvent } from '../events/write-events.js';

export interface Queries {
  /** Runs one statement. 64-bit integers come back as numbers. */
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

export interface Transaction extends Queries {
  /** Adds to what is written to the event log as the transaction's last statement. */
  log(...events: NewEvent[]): void;
}

/** `dispatch` has a connection of its own, which no crowd of readers can take. */
export type Lane = 'shared' | 'dispatch';

export interface Database extends Queries {
  readonly prisma: PrismaClient;
  /** Runs `work` in one transaction, again from its start when the database breaks a deadlock. Rolls back when it throws. */
  transaction<T>(work: (transaction: Transaction) => Promise<T>, lane?: Lane): Promise<T>;
  onLogged(listener: (events: LoggedEvent[]) => void): () => void;
  close(): Promise<void>;
}

const DEADLOCK_ATTEMPTS = 3;
/** How long a connection may take to come about, or to become free. */
const CONNECT_WITHIN_MS = 10_000;
/** How long a statement of the dispatcher may take until its server counts as lost. They take some 20 ms. */
const DISPATCH_WITHIN_MS = 30_000;
/** 64-bit integers of this schema (sizes, seeds, sequence numbers) stay below 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => (oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format)),
};

export function connect(databaseUrl: string): Database {
  const options: pg.PoolConfig = {
    connectionString: databaseUrl,
    types,
    application_name: 'atelier',
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
  };
  const pools = {
    shared: new pg.Pool({ ...options, max: 10 }),
    dispatch: new pg.Pool({ ...options, max: 1, query_timeout: DISPATCH_WITHIN_MS }),
  };
  // A connection that breaks fails the query that it runs and leaves its pool; it tells the world too, which needs no answer.
  for (const pool of Object.values(pools))
    pool.on('error', () => {}).on('connect', (client) => void client.on('error', () => {}));

  const listeners = new Set<(events: LoggedEvent[]) => void>();
  const inLogOrder = serialise();

  const attempt = async <T>(client: pg.PoolClient, work: (transaction: Transaction) => Promise<T>): Promise<T> => {
    const events: NewEvent[] = [];
    const query = async <Row>(text: string, values: readonly unknown[] = []) =>
      (await client.query(text, values as unknown[])).rows as Row[];
    await query('BEGIN');
    try {
      const result = await work({ query, log: (...more) => events.push(...more) });
      if (events.length === 0) {
        await query('COMMIT');
      } else {
        // Listeners hear of events in the order of their numbers: nobody of this process gets between the two statements.
        await inLogOrder(async () => {
          const logged = await writeEvents({ query }, events);
          await query('COMMIT');
          for (const listener of listeners) listener(logged);
        });
      }
      return result;
    } catch (error) {
      if (!isLost(error)) await query('ROLLBACK');
      throw error;
    }
  };

  const prisma = new PrismaClient({ adapter: new PrismaPg(pools.shared) }).$extends({
    query: {
      $allOperations: ({ args, query }) =>
        query(args).catch((error: unknown) => {
          throw translated(error);
        }),
    },
  }) as PrismaClient;

  return {
    prisma,
    query: async <Row>(text: string, values: readonly unknown[] = []) => {
      try {
        return (await pools.shared.query(text, values as unknown[])).rows as Row[];
      } catch (error) {
        throw translated(error);
      }
    },
    transaction: async (work, lane = 'shared') => {
      for (let left = DEADLOCK_ATTEMPTS; ; left--) {
        let client: pg.PoolClient | undefined;
        let broken = false;
        try {
          client = await pools[lane].connect();
          return await attempt(client, work);
        } catch (error) {
          broken = isLost(error);
          if (left > 1 && isWorthRepeating(error)) continue;
          throw translated(error);
        } finally {
          client?.release(broken);
        }
      }
    },
    onLogged: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => {
      await prisma.$disconnect();
      await Promise.all(Object.values(pools).map((pool) => pool.end()));
    },
  };
}

export { Prisma };
