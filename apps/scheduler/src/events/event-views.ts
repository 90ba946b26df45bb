/** What the event stream shows of the things that events name. */
import type { FarmEvent, JobView, LoggedEvent, NodeView, ResultView } from '@atelier/contracts';

/** Reads the present state; null where it is gone. */
export interface EventViews {
  job(id: string): Promise<JobView | null>;
  node(id: string): NodeView | null;
  result(jobId: string, index: number): Promise<ResultView | null>;
}

/** The event as it goes out: with the state that it tells of, read now. Null where that is gone. */
export async function viewOf(event: LoggedEvent, views: EventViews): Promise<FarmEvent | null> {
  const { type, jobId, nodeId, taskIndex, data } = event;
  switch (type) {
    case 'job.changed': {
      const job = jobId === null ? null : await views.job(jobId);
      return job && { type, job };
    }
    case 'node.changed': {
      const node = nodeId === null ? null : views.node(nodeId);
      return node && { type, node };
    }
    case 'task.succeeded': {
      const result = jobId === null || taskIndex === null ? null : await views.result(jobId, taskIndex);
      return result && { type, result };
    }
    case 'task.dead':
      if (jobId === null || taskIndex === null) return null;
      return { type, jobId, index: taskIndex, cause: String(data.cause ?? ''), message: String(data.message ?? '') };
  }
}
