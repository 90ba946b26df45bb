/** A job of a million tasks: what it costs to take it, to hold it, and to take it up again. */
import { batchOf } from '../faults/batch.js';
import { wait } from '../faults/faults/fault.js';
import { submitAndWait } from './client.js';
import { startNoopFarm } from './dispatch/noop-farm.js';
import { goal, type Benchmark } from './harness.js';
import { residentMb } from './memory.js';

export const queue: Benchmark = {
  name: 'queue',
  about: 'a job of 1,000,000 tasks: submit, memory, restart to dispatching [--tasks N]',
  async run({ tasks: given }) {
    const tasks = Number(given ?? 1_000_000);
    const farm = await startNoopFarm({ nodes: 8, processes: 1 });
    const leased = async () => {
      const { rows } = await farm.database.query<{ count: number }>('SELECT count(*)::integer AS count FROM attempts');
      return rows[0]!.count;
    };
    try {
      // Everything is loaded and compiled before the memory is looked at.
      await submitAndWait(farm.api, batchOf('warm', 1, 3000));
      const before = residentMb(farm.schedulerPid());
      const body = JSON.stringify(batchOf('a million', 1, tasks));
      const began = performance.now();
      const answer = await fetch(`${farm.api}/api/v1/jobs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      const submitSeconds = (performance.now() - began) / 1000;
      if (!answer.ok) throw new Error(`POST /jobs answered ${answer.status}: ${await answer.text()}`);
      let peak = before;
      for (let i = 0; i < 50; i++) {
        await wait(100);
        peak = Math.max(peak, residentMb(farm.schedulerPid()));
      }
      const leasedBefore = await leased();
      const restarted = performance.now();
      const serving = farm.restartScheduler().then(() => (performance.now() - restarted) / 1000);
      // The count is taken when the old process is gone: what is leased from then on, the new one has leased.
      await farm.schedulerGone();
      const atDeath = await leased();
      while ((await leased()) === atDeath) await wait(25);
      const dispatchSeconds = (performance.now() - restarted) / 1000;
      const serveSeconds = await serving;
      return {
        rows: [
          { what: 'tasks of the job', value: tasks, unit: '' },
          { what: 'submit: POST answered', value: submitSeconds, unit: 's' },
          { what: 'scheduler before', value: before, unit: 'MB' },
          { what: 'scheduler at most, while it dispatches', value: peak, unit: 'MB' },
          { what: 'leased before the restart', value: leasedBefore, unit: '' },
          { what: 'kill -9 to serving', value: serveSeconds, unit: 's' },
          { what: 'kill -9 to the first lease', value: dispatchSeconds, unit: 's' },
        ],
        goals: [
          goal({ name: 'submit', value: submitSeconds, unit: 's', op: '<=', goal: 1 }),
          goal({ name: 'more memory', value: peak - before, unit: 'MB', op: '<=', goal: 200 }),
          goal({ name: 'restart to dispatching', value: dispatchSeconds, unit: 's', op: '<=', goal: 5 }),
        ],
      };
    } finally {
      await farm.stop();
    }
  },
};
