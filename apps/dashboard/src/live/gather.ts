/** Events come by the hundred a second; the page changes ten times a second, by one gathered change. */
import type { FarmEvent, JobView, NodeView, ProgressView, ResultView } from '@atelier/contracts/rest';

/** What a handful of events amounts to: of each thing only its last word. */
export interface Change {
  jobs: Map<string, JobView>;
  nodes: Map<string, NodeView>;
  /** New pictures, in the order in which they came. */
  results: ResultView[];
  dead: { jobId: string; index: number }[];
  /** By attempt. */
  progress: Map<string, { progress: ProgressView; preview: string | undefined }>;
  /** The log has moved on without this page: everything must be read afresh. */
  reset: boolean;
}

export function gather(events: readonly FarmEvent[]): Change {
  const change: Change = {
    jobs: new Map(),
    nodes: new Map(),
    results: [],
    dead: [],
    progress: new Map(),
    reset: false,
  };
  for (const event of events) add(change, event);
  return change;
}

function add(change: Change, event: FarmEvent): void {
  switch (event.type) {
    case 'job.changed':
      change.jobs.set(event.job.id, event.job);
      break;
    case 'node.changed':
      change.nodes.set(event.node.id, event.node);
      // A node's view holds its progress: what was said before it is old.
      forget(change, ({ nodeId }) => nodeId === event.node.id);
      break;
    case 'task.succeeded':
      change.results.push(event.result);
      forget(change, ({ jobId, index }) => jobId === event.result.jobId && index === event.result.index);
      break;
    case 'task.dead':
      change.dead.push({ jobId: event.jobId, index: event.index });
      forget(change, ({ jobId, index }) => jobId === event.jobId && index === event.index);
      break;
    case 'progress': {
      const { attemptId } = event.progress;
      const preview = event.preview ?? change.progress.get(attemptId)?.preview;
      change.progress.set(attemptId, { progress: event.progress, preview });
      break;
    }
    case 'reset':
      change.reset = true;
  }
}

function forget(change: Change, of: (progress: ProgressView) => boolean): void {
  for (const [attemptId, { progress }] of change.progress) if (of(progress)) change.progress.delete(attemptId);
}

/** True for the tasks that ended with this change, one way or the other. */
export function endedIn(change: Change): (task: { jobId: string; index: number }) => boolean {
  const ended = new Set([...change.results, ...change.dead].map(({ jobId, index }) => `${jobId}/${index}`));
  return ({ jobId, index }) => ended.has(`${jobId}/${index}`);
}
