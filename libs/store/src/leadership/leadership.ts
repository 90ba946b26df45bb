import type { Database } from '../database/database.js';
import type { Leadership } from './types.js';

export function createLeadership(database: Database): Leadership {
  let term: number | null = null;
  return {
    get term() {
      return term;
    },
    acquire: async (holder) => {
      // Waits for a dispatcher's transaction that is under way: dispatchers hold the row while they write.
      const [row] = await database.query<{ term: number }>(
        `INSERT INTO leadership AS l (term, holder) VALUES (1, $1)
         ON CONFLICT (id) DO UPDATE SET term = l.term + 1, holder = excluded.holder, acquired_at = now()
         RETURNING term`,
        [holder],
      );
      term = row!.term;
      return term;
    },
    current: async () => {
      const row = await database.prisma.leadership.findUnique({ where: { id: 1 } });
      return row && { term: Number(row.term), holder: row.holder, acquiredAt: row.acquiredAt };
    },
  };
}
