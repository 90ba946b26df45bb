import type { Database } from '../database/database.js';
import type { Settings } from './types.js';

export function createSettings(database: Database): Settings {
  return {
    all: async () => {
      const rows = await database.query<{ subject: string; value: unknown }>('SELECT subject, value FROM settings');
      return new Map(rows.map(({ subject, value }) => [subject, value]));
    },
    set: async (subject, value) => {
      await database.query(
        'INSERT INTO settings VALUES ($1, $2) ON CONFLICT (subject) DO UPDATE SET value = excluded.value',
        [subject, JSON.stringify(value)],
      );
    },
  };
}
