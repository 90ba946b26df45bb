import type { Database } from '../database/database.js';
import type { Energy } from './types.js';

export function createEnergy(database: Database): Energy {
  const sum = async (condition: string, value: unknown) => {
    const [row] = await database.query<{ used: number | null }>(
      `SELECT sum(watt_hours) AS used FROM energy WHERE ${condition}`,
      [value],
    );
    return row!.used;
  };
  return {
    add: async (uses) => {
      await database.query(
        `INSERT INTO energy (job_id, hour, watt_hours)
         SELECT job_id, date_trunc('hour', now(), 'UTC'), used FROM unnest($1::text[], $2::float8[]) AS u (job_id, used)
         ON CONFLICT (job_id, hour) DO UPDATE SET watt_hours = energy.watt_hours + excluded.watt_hours`,
        [uses.map(({ jobId }) => jobId), uses.map(({ wattHours }) => wattHours)],
      );
    },
    ofJob: (jobId) => sum('job_id = $1', jobId),
    since: (from) => sum('hour >= $1', from),
  };
}
