import { finishedJobStates, type FarmEvent, type JobView } from '@atelier/contracts/rest';
import type { Client } from './client.js';
import { farmEvents } from './events.js';

export type JobEvent = Exclude<FarmEvent, { type: 'node.changed' | 'reset' }>;

/**
 * What happens to a job, from its present state (a `job.changed`) to its last. Counts of pictures are up to date in
 * every `job.changed`; after a break in the connection the state is read afresh and comes as another one.
 */
export async function* watchJob(client: Client, jobId: string, signal: AbortSignal): AsyncGenerator<JobEvent> {
  for await (const event of farmEvents(client.server, signal)) {
    if (event.type === 'open' || event.type === 'reset') {
      const job: JobView = await client.job(jobId);
      yield { type: 'job.changed', job };
      if (isFinished(job)) return;
    } else if (event.type !== 'node.changed' && jobIdOf(event) === jobId) {
      yield event;
      if (event.type === 'job.changed' && isFinished(event.job)) return;
    }
  }
}

export const isFinished = (job: JobView) => finishedJobStates.includes(job.state);

function jobIdOf(event: JobEvent): string {
  switch (event.type) {
    case 'job.changed':
      return event.job.id;
    case 'task.succeeded':
      return event.result.jobId;
    case 'task.dead':
      return event.jobId;
    case 'progress':
      return event.progress.jobId;
  }
}
