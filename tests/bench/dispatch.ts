/** Empty tasks per second, durable and exactly once, beside the queues that others would take. */
import { bullmqVersion, measureBullmq } from './dispatch/bullmq.js';
import { measureOurRate } from './dispatch/our-rate.js';
import { measureSlurm } from './dispatch/slurm.js';
import { goal, type Benchmark } from './harness.js';

const workers = 64;
const processes = 2;
/** Slurm starts a few of its tasks a second: more would only take longer. */
const slurmTasks = 500;

interface Rate {
  perSecond: number | null;
  processorMs?: { queue: number; workers: number };
}

export const dispatch: Benchmark = {
  name: 'dispatch',
  about: 'empty tasks per second to 64 and 1,200 simulated nodes, beside BullMQ and Slurm [--tasks N]',
  async run({ tasks: given }) {
    const tasks = Number(given ?? 20_000);
    const ours = await measureOurRate(workers, processes, tasks);
    const sameWork = { jobs: tasks, workers, processes, payload: ours.payload };
    const always = await measureBullmq('always', sameWork);
    const everysec = await measureBullmq('everysec', sameWork);
    const slurm = await measureSlurm(slurmTasks);
    const many = await measureOurRate(1200, processes, tasks);
    const row = (
      system: string,
      consumers: number,
      durable: string,
      { perSecond, processorMs }: Rate,
      note: string | null = '',
    ) => ({
      system,
      consumers,
      tasks,
      durable,
      'tasks/s': perSecond,
      'CPU ms a task: queue': processorMs?.queue ?? null,
      'CPU ms a task: consumers': processorMs?.workers ?? null,
      note,
    });
    const postgres = `PostgreSQL ${ours.postgresVersion}, synchronous_commit=on`;
    return {
      rows: [
        row('Atelier, nodes over gRPC', workers, postgres, ours, 'no picture is brought'),
        row(`BullMQ ${bullmqVersion}`, workers, 'Redis, appendfsync always', always),
        row(`BullMQ ${bullmqVersion}`, workers, 'Redis, appendfsync everysec', everysec, 'a crash may lose a second'),
        {
          ...row(`Slurm ${slurm.version ?? ''} job array`, workers, 'its state folder', slurm, slurm.reason),
          tasks: slurm.tasks,
        },
        row('Atelier, nodes over gRPC', 1200, postgres, many, 'no picture is brought'),
      ],
      goals: [
        goal({
          name: 'tasks per second, 64 nodes',
          value: ours.perSecond,
          unit: '1/s',
          op: '>=',
          goal: always.perSecond,
          peer: { name: 'BullMQ, appendfsync always', version: bullmqVersion, value: always.perSecond },
        }),
        goal({ name: 'tasks per second, 1,200 nodes', value: many.perSecond, unit: '1/s', op: '>=', goal: 1000 }),
      ],
    };
  },
};
