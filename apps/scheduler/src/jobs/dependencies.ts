/** The jobs that a batch names in `dependsOn`. */
import { AtelierError, finishedJobStates } from '@atelier/contracts';
import type { Jobs } from '@atelier/store';
import type { Dispatcher } from '../dispatch/dispatcher.js';

/** Throws `invalid_batch` where a job is unknown, or has ended without its last picture. */
export async function requireJobs(jobs: Pick<Jobs, 'get'>, dependsOn: readonly string[]): Promise<void> {
  for (const id of dependsOn) {
    const job = await jobs.get(id);
    const why = job ? (job.state === 'failed' || job.state === 'cancelled') && `is ${job.state}` : 'is not known here';
    if (why) throw new AtelierError('invalid_batch', `The job ${id} ${why}: nothing can wait for it.`, 'dependsOn');
  }
}

/**
 * Tells the dispatcher of those that have ended already. Call it after the job that waits was added: whatever ends later is
 * told as it ends.
 */
export async function tellEnded(
  jobs: Pick<Jobs, 'get'>,
  dispatcher: Pick<Dispatcher, 'jobEnded'>,
  dependsOn: readonly string[] = [],
): Promise<void> {
  for (const id of dependsOn) {
    const state = (await jobs.get(id))?.state;
    if (state && finishedJobStates.includes(state)) dispatcher.jobEnded(id, state);
  }
}
