/** `node bullmq-workers.js`: workers of a BullMQ queue that do nothing and return what our agents report. */
import { Worker } from 'bullmq';

export interface WorkersOrder {
  socket: string;
  queue: string;
  workers: number;
  result: object;
}

process.once('message', async ({ socket, queue, workers, result }: WorkersOrder) => {
  const all = Array.from(
    { length: workers },
    () => new Worker(queue, () => Promise.resolve(result), { connection: { path: socket }, autorun: false }),
  );
  await Promise.all(all.map((worker) => worker.waitUntilReady()));
  process.send!('ready');
  process.once('message', () => all.forEach((worker) => void worker.run()));
});
process.once('disconnect', () => process.exit(0));
