/**
 * The events of `GET /api/v1/events`: those of the log carry their `seq` as SSE id, `progress` carries none.
 * SSE's `event` is the type, its `data` the whole object as JSON.
 */
import { z } from 'zod';
import { JobView, NodeView, ProgressView, ResultView } from './views.js';

export const FarmEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('job.changed'), job: JobView }),
  z.object({ type: z.literal('node.changed'), node: NodeView }),
  z.object({ type: z.literal('task.succeeded'), result: ResultView }),
  z.object({ type: z.literal('task.dead'), jobId: z.string(), index: z.int(), cause: z.string(), message: z.string() }),
  /** The reader came too late for what it asked: it must read the state afresh. */
  z.object({ type: z.literal('reset') }),
  z.object({
    type: z.literal('progress'),
    progress: ProgressView,
    preview: z.string().optional().describe('data URI of a small PNG or JPEG'),
  }),
]);
export type FarmEvent = z.infer<typeof FarmEvent>;
export type FarmEventType = FarmEvent['type'];

/** A row of the event log. Truth is the state; the log says what changed, and readers of `seq > n` never skip one. */
export interface LoggedEvent {
  seq: number;
  at: Date;
  type: 'job.changed' | 'node.changed' | 'task.succeeded' | 'task.dead';
  jobId: string | null;
  nodeId: string | null;
  taskIndex: number | null;
  /** Small facts only; what a reader shows it reads from the state. */
  data: Record<string, unknown>;
}
