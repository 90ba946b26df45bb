/** The same through BullMQ: jobs with the same data, workers in as many processes, done when the result is stored. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Queue } from 'bullmq';
import { countProcessors } from './cpu.js';
import { endHelpers, startHelper } from './processes.js';
import { startRedis } from './redis.js';

const hash = createHash('sha256').digest('hex');
const result = {
  sha256: hash,
  pixelSha256: hash,
  record: { engineBuild: 'simulated', provider: 'simulated', device: 'simulated', groupSize: 1 },
};

export const bullmqVersion = (
  JSON.parse(readFileSync(createRequire(import.meta.url).resolve('bullmq/package.json'), 'utf8')) as { version: string }
).version;

export interface BullmqRate {
  /** From the moment at which the workers may run until every job is completed. */
  perSecond: number;
  /** Processor milliseconds for a job. */
  processorMs: { queue: number; workers: number };
}

/** The queue is Redis; its workers take jobs and complete them by scripts that run there. */
export async function measureBullmq(
  appendfsync: 'always' | 'everysec',
  { jobs, workers, processes, payload }: { jobs: number; workers: number; processes: number; payload: string },
): Promise<BullmqRate> {
  const redis = await startRedis(appendfsync);
  const queue = new Queue('tasks', { connection: { path: redis.socket } });
  const order = { socket: redis.socket, queue: 'tasks', workers: Math.ceil(workers / processes), result };
  const helpers = await Promise.all(Array.from({ length: processes }, () => startHelper('bullmq-workers.js', order)));
  try {
    for (let i = 0; i < jobs; i += 1000)
      await queue.addBulk(
        Array.from({ length: Math.min(1000, jobs - i) }, (_, n) => ({ name: 'task', data: { payload, index: i + n } })),
      );
    const count = countProcessors({ queue: [redis.pid], workers: helpers.map(({ pid }) => pid!) });
    const began = performance.now();
    for (const helper of helpers) helper.send('run');
    while ((await queue.getCompletedCount()) < jobs) await new Promise((wait) => setTimeout(wait, 50));
    const perSecond = jobs / ((performance.now() - began) / 1000);
    return { perSecond, processorMs: count(jobs) };
  } finally {
    endHelpers(helpers);
    await queue.close();
    await redis.stop();
  }
}
