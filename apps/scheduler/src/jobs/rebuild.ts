/** After a start: the queue as it was, from the database. */
import type { Batch } from '@atelier/batch';
import type { Jobs, UnfinishedJob } from '@atelier/store';
import type { Logger } from '@atelier/telemetry';
import type { Dispatcher } from '../dispatch/dispatcher.js';
import type { QueuedJob } from '../dispatch/types.js';
import { tellEnded } from './dependencies.js';
import type { JobLibrary } from './library.js';
import type { MemoryNeeds } from './memory-needs.js';
import { traitsOf } from './traits.js';
import type { JobViews } from './views.js';

/** Gives the dispatcher every job with work left. One that cannot be read any more says so and holds up nobody. */
export async function rebuildQueue(
  jobs: Jobs,
  library: JobLibrary,
  memory: Pick<MemoryNeeds, 'read'>,
  dispatcher: Dispatcher,
  views: JobViews,
  logger: Logger,
): Promise<void> {
  for (const unfinished of await jobs.unfinished()) {
    const { id, state } = unfinished.job;
    // Its attempts are revoked already: agents that still hold some are told when their sessions open.
    if (state === 'cancelling') {
      await jobs.finishCancelling(id);
      continue;
    }
    try {
      const queued = await toQueuedJob(unfinished, library);
      for (const renderClass of queued.expansion.classes)
        await memory.read(queued.expansion.request(renderClass.at(0)));
      dispatcher.addJob(queued);
      await tellEnded(jobs, dispatcher, queued.dependsOn);
    } catch (error) {
      views.broken.set(id, (error as Error).message);
      logger.error({ err: error, jobId: id }, 'A job of before cannot be taken up.');
    }
  }
}

export async function toQueuedJob(unfinished: UnfinishedJob, library: JobLibrary): Promise<QueuedJob> {
  const { job, classes, returned, live } = unfinished;
  const { id, priority, createdAt, state } = job;
  const expansion = await library.expansionOfJob(job);
  const { project, submittedBy: user } = job;
  return {
    id,
    priority,
    createdAt,
    paused: state === 'paused',
    expansion,
    cursors: classes,
    returned,
    live,
    project,
    user,
    ...traitsOf(JSON.parse(job.batchText) as Batch, createdAt),
  };
}
