/** Submit to start on an idle embedded farm: how long a person waits before a slot begins with their picture. */
import pg from 'pg';
import { startFarm } from '../support/farm.js';
import { goal, quantile, type Benchmark } from './harness.js';
import { submitAndWait } from './client.js';

export const latency: Benchmark = {
  name: 'latency',
  about: 'submit to start of a one-picture job on an idle farm',
  async run({ tasks }) {
    const farm = await startFarm({ agents: 1 });
    const database = new pg.Pool({ connectionString: farm.run().databaseUrl, max: 1 });
    try {
      const { api } = farm.run();
      const batch = {
        kind: 'Batch',
        model: 'postcard',
        size: '64x64',
        steps: 1,
        prompts: ['a red house at noon'],
        seed: 1,
      };
      await submitAndWait(api, batch);
      const seconds: number[] = [];
      const answered: number[] = [];
      for (let i = 0; i < Number(tasks ?? 100); i++) {
        const sent = performance.now();
        const job = await submitAndWait(api, batch, () => answered.push((performance.now() - sent) / 1000));
        const { rows } = await database.query<{ seconds: string }>(
          `SELECT extract(epoch FROM a.started_at - j.created_at) AS seconds
             FROM attempts_v1 a JOIN jobs_v1 j ON j.id = a.job_id WHERE j.id = $1`,
          [job],
        );
        seconds.push(Number(rows[0]!.seconds));
      }
      const row = (what: string, values: number[]) => ({
        what,
        jobs: values.length,
        'p50 ms': quantile(values, 0.5) * 1000,
        'p95 ms': quantile(values, 0.95) * 1000,
        'p99 ms': quantile(values, 0.99) * 1000,
        'max ms': Math.max(...values) * 1000,
      });
      return {
        rows: [row('POST /jobs answered', answered), row('stored to started on the slot', seconds)],
        goals: [
          goal({ name: 'submit to start, p99', value: quantile(seconds, 0.99) * 1000, unit: 'ms', op: '<=', goal: 50 }),
        ],
      };
    } finally {
      await database.end();
      await farm.stop();
    }
  },
};
