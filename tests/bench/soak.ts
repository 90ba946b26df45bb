/** Many tasks, and the memory of the processes meanwhile: flat at the end, or something is kept that nobody needs. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPool } from '../faults/ask.js';
import { batchOf, modelFolder } from '../faults/batch.js';
import { startEmbeddedFarm } from '../faults/farm/embedded-farm.js';
import { enginesOf } from '../faults/farm/faulty-farm.js';
import { startNoopFarm } from './dispatch/noop-farm.js';
import { goal, type Benchmark } from './harness.js';
import { residentMb } from './memory.js';
import { lineChart } from './plot.js';
import { watchMemory, type Sample } from './soak/watch.js';

/** Real pictures for each empty task, for the memory of real agents and engines. */
const pictureShare = 0.15;

export const soak: Benchmark = {
  name: 'soak',
  about: 'memory of scheduler and agents over 20,000 empty tasks and 3,000 pictures [--tasks N] [--plot FILE.svg]',
  async run({ tasks: given, plot }) {
    const tasks = Number(given ?? 20_000);
    const empty = await soakScheduler(tasks);
    const real = await soakAgents(Math.ceil(tasks * pictureShare));
    const series = [
      { name: 'scheduler, empty tasks', samples: empty },
      ...Object.entries(real).map(([name, samples]) => ({ name: `${name}, pictures`, samples })),
    ];
    if (plot)
      writeFileSync(
        plot,
        lineChart({
          title: 'Resident memory',
          x: 'share of all tasks, %',
          y: 'MB',
          series: series.map(({ name, samples }) => ({
            name,
            points: samples.map(({ done, mb }) => [(100 * done) / samples.at(-1)!.done, mb] as const),
          })),
        }),
      );
    return {
      rows: series.map(({ name, samples }) => ({
        process: name,
        tasks: samples.at(-1)!.done,
        'MB at a quarter': around(samples, 0.25),
        'MB at the half': around(samples, 0.5),
        'MB at the end': around(samples, 1),
        'MB at most': Math.max(...samples.map(({ mb }) => mb)),
      })),
      goals: series.map(({ name, samples }) =>
        goal({
          name: `${name}: end against half`,
          value: around(samples, 1) / around(samples, 0.5),
          unit: 'x',
          op: '<=',
          goal: 1.1,
        }),
      ),
    };
  },
};

/** Mean of the samples of the tenth of the tasks that ends at `share`: the collector of garbage makes single ones jump. */
function around(samples: readonly Sample[], share: number): number {
  const end = samples.at(-1)!.done * share;
  const near = samples.filter(({ done }) => done <= end && done >= end - samples.at(-1)!.done / 10);
  const chosen = near.length ? near : [samples.at(-1)!];
  return chosen.reduce((sum, { mb }) => sum + mb, 0) / chosen.length;
}

async function soakScheduler(tasks: number): Promise<Sample[]> {
  const farm = await startNoopFarm({ nodes: 16, processes: 1 });
  try {
    const read = () => ({ scheduler: residentMb(farm.schedulerPid()) });
    return (await watchMemory(farm.api, farm.database, batchOf('soak', 1, tasks), read)).scheduler!;
  } finally {
    await farm.stop();
  }
}

async function soakAgents(tasks: number): Promise<Record<string, Sample[]>> {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-soak-'));
  const farm = await startEmbeddedFarm({ agents: 2, folder, env: { ATELIER_MODELS: modelFolder } });
  const pool = openPool(farm.databaseUrl);
  try {
    const agent = farm.agent('agent-1')!;
    const read = () => ({
      'agent-1': residentMb(agent.pid),
      'its engine': enginesOf(agent).reduce((sum, pid) => sum + residentMb(pid), 0),
      'atelier up': residentMb(farm.schedulerPid()),
    });
    return await watchMemory(farm.api, pool, batchOf('soak', 1, tasks), read);
  } finally {
    await pool.end();
    await farm.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
