/** Empty tasks per second through the scheduler, and proof that each was done once. */
import { batchOf } from '../../faults/batch.js';
import { submitAndWait } from '../client.js';
import { countProcessors } from './cpu.js';
import { startNoopFarm } from './noop-farm.js';

export interface OurRate {
  perSecond: number;
  tasks: number;
  nodes: number;
  postgresVersion: string;
  /** What a node gets for a task, as JSON. */
  payload: string;
  /** Processor milliseconds for a task. */
  processorMs: { queue: number; workers: number };
}

/** From the first start to the last commit, by the database's clock. Throws if a task was not done exactly once. */
export async function measureOurRate(nodes: number, processes: number, tasks: number): Promise<OurRate> {
  const farm = await startNoopFarm({ nodes, processes });
  try {
    // Connections, prepared statements and compiled code are warm before anything is measured.
    await submitAndWait(farm.api, batchOf('warm', 1, Math.min(2000, tasks)));
    const count = countProcessors({ queue: [farm.schedulerPid(), farm.databasePid], workers: farm.nodePids() });
    const job = await submitAndWait(farm.api, batchOf('measured', 1, tasks));
    const processorMs = count(tasks);
    const { rows } = await farm.database.query<{ seconds: number; results: number; attempts: number }>(
      `SELECT extract(epoch FROM j.finished_at - j.started_at)::float8 AS seconds,
              (SELECT count(*)::integer FROM results r WHERE r.job_id = j.id) AS results,
              (SELECT count(*)::integer FROM attempts a WHERE a.job_id = j.id) AS attempts
       FROM jobs j WHERE j.id = $1`,
      [job],
    );
    const { seconds, results, attempts } = rows[0]!;
    if (results !== tasks || attempts !== tasks)
      throw new Error(`${tasks} tasks gave ${results} results in ${attempts} attempts`);
    const { rows: resolved } = await farm.database.query<{ batch_text: string }>(
      'SELECT batch_text FROM jobs WHERE id = $1',
      [job],
    );
    return {
      perSecond: tasks / seconds,
      tasks,
      nodes,
      postgresVersion: farm.postgresVersion,
      payload: resolved[0]!.batch_text,
      processorMs,
    };
  } finally {
    await farm.stop();
  }
}
