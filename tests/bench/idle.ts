/** The share of a slot's time that lies between two runs of one key: what the farm's machinery costs a GPU. */
import pg from 'pg';
import { startFarm } from '../support/farm.js';
import { submitAndWait } from './client.js';
import { goal, quantile, type Benchmark } from './harness.js';

export const idle: Benchmark = {
  name: 'idle',
  about: "share of a slot's time between two tasks of one key",
  async run({ tasks }) {
    const count = Number(tasks ?? 60);
    const farm = await startFarm({ agents: 1 });
    const database = new pg.Pool({ connectionString: farm.run().databaseUrl, max: 1 });
    try {
      const job = await submitAndWait(farm.run().api, {
        kind: 'Batch',
        model: 'postcard',
        sampler: 'ddim',
        steps: 20,
        guidance: 4,
        reproducible: true,
        prompts: ['a red lighthouse by the sea at sunset'],
        matrix: { seed: { from: 1, count } },
      });
      const { rows } = await database.query<{ from: Date; to: Date }>(
        `SELECT (record->>'renderStartedAt')::timestamptz AS from, (record->>'renderFinishedAt')::timestamptz AS to
           FROM attempts_v1 WHERE job_id = $1 AND state = 'succeeded' ORDER BY 1`,
        [job],
      );
      if (rows.length !== count) throw new Error(`${rows.length} of ${count} attempts are recorded`);
      const runs = rows.map(({ from, to }) => ({ from: from.getTime(), to: to.getTime() }));
      const gaps = runs.slice(1).map(({ from }, i) => Math.max(0, from - runs[i]!.to));
      const busy = runs.reduce((sum, { from, to }) => sum + to - from, 0);
      const between = gaps.reduce((sum, gap) => sum + gap, 0);
      return {
        rows: [
          {
            tasks: count,
            'median run ms': quantile(
              runs.map(({ from, to }) => to - from),
              0.5,
            ),
            'median gap ms': quantile(gaps, 0.5),
            'p99 gap ms': quantile(gaps, 0.99),
            'idle %': (100 * between) / (busy + between),
          },
        ],
        goals: [
          goal({
            name: 'idle between tasks of one key',
            value: (100 * between) / (busy + between),
            unit: '%',
            op: '<=',
            goal: 1,
          }),
        ],
      };
    } finally {
      await database.end();
      await farm.stop();
    }
  },
};
