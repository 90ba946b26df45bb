/** The one way to the database: queries, transactions that log events, and Prisma's client, over the same connections. */
import type { LoggedEvent } from '@atelier/contracts';
import { PrismaPg } from '@prisma/adapter-pg';
import type { NewEvent } from '../events/write-events.js';
import { PrismaClient } from '../generated/prisma/client.js';
import { translated } from './errors.js';
import { createPools, type Lane } from './pools.js';
import { createTransactions } from './transactions.js';

export interface Queries {
  /** Runs one statement. 64-bit integers come back as numbers. */
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

export interface Transaction extends Queries {
  /** Adds to what is written to the event log as the transaction's last statement. */
  log(...events: NewEvent[]): void;
}

/**
 * Runs `work` in one transaction, again from its start when the database breaks a deadlock. Rolls back when it throws.
 * `work` uses what it is given and nothing else: the embedded database has one session, any other query waits for its end.
 */
export type RunTransaction = <T>(work: (transaction: Transaction) => Promise<T>, lane?: Lane) => Promise<T>;

export interface Database extends Queries {
  readonly prisma: PrismaClient;
  readonly transaction: RunTransaction;
  /** Calls `listener` with what transactions of this process have logged, after their commit. Returns how to stop it. */
  onLogged(listener: (events: LoggedEvent[]) => void): () => void;
  close(): Promise<void>;
}

export function connect(databaseUrl: string): Database {
  const pools = createPools(databaseUrl);
  const prisma = createPrisma(pools.shared);
  const listeners = new Set<(events: LoggedEvent[]) => void>();
  return {
    prisma,
    query: async <Row>(text: string, values: readonly unknown[] = []) => {
      try {
        return (await pools.shared.query(text, values as unknown[])).rows as Row[];
      } catch (error) {
        throw translated(error);
      }
    },
    transaction: createTransactions(pools, (logged) => tell(listeners, logged)),
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

function createPrisma(pool: ConstructorParameters<typeof PrismaPg>[0]): PrismaClient {
  return new PrismaClient({ adapter: new PrismaPg(pool) }).$extends({
    query: {
      $allOperations: ({ args, query }) =>
        query(args).catch((error: unknown) => {
          throw translated(error);
        }),
    },
  }) as PrismaClient;
}

function tell(listeners: Iterable<(events: LoggedEvent[]) => void>, logged: LoggedEvent[]): void {
  for (const listener of listeners) {
    try {
      listener(logged);
    } catch (error) {
      // What is logged has happened, whatever a listener makes of it.
      process.emitWarning(`A listener failed at event ${logged[0]!.seq}: ${(error as Error).message}`);
    }
  }
}
