import { Worker } from 'node:worker_threads';

/** The pipe between parent and child that carries nothing: it closes when either of them ends. */
export const LIFELINE_FD = 4;

/**
 * Ends this process when its parent has ended. A worker thread waits for that, because the main thread is blocked for
 * seconds while a network runs or loads and would notice late.
 */
export function endWithParent(): void {
  new Worker(new URL('./lifeline-worker.js', import.meta.url)).unref();
}
