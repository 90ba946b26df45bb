import type { Rule } from '../checker/violation.js';
import type { Patch } from '../patch/patch.js';
import { manyWriters, staleLeader } from './scenes.js';

export interface ScriptedVariant {
  name: string;
  rule: Rule;
  play(databaseUrl: string): Promise<void>;
  patches: readonly Patch[];
  statements: readonly string[];
}

export const scriptedVariants: readonly ScriptedVariant[] = [
  {
    name: 'stale-leader-write',
    rule: 'stale-leader-write',
    play: staleLeader,
    patches: [{ file: 'store/dist/dispatch/write-group.js', find: 'if (rows.length === 0)', put: 'if (false)' }],
    statements: [],
  },
  {
    name: 'sequence-gap',
    rule: 'sequence-gap',
    play: manyWriters,
    patches: [
      {
        file: 'store/dist/events/write-events.js',
        find: 'UPDATE event_counter SET seq = seq + $1 RETURNING seq - $1 AS before',
        put: 'SELECT 0 AS before WHERE $1 > 0',
      },
      {
        file: 'store/dist/events/write-events.js',
        find: 'counter.before + e.i',
        put: "counter.before + nextval('event_sequence')",
      },
      // A commit may take its time.
      {
        file: 'store/dist/database/transactions.js',
        find: "const [logged] = await Promise.all([writeEvents(queries, events), queries.query('COMMIT')]);",
        put: "const logged = await writeEvents(queries, events);\n            await new Promise((wait) => setTimeout(wait, Math.random() * 20)); await queries.query('COMMIT');",
      },
    ],
    statements: ['CREATE SEQUENCE event_sequence'],
  },
];
