/** One action for many jobs. */
import { z } from 'zod';
import { jobStates, retriedStates } from '../states.js';

export const bulkActions = ['pause', 'resume', 'cancel', 'retry', 'priority'] as const;
export type BulkAction = (typeof bulkActions)[number];

/** Which jobs: by id, or whatever a query finds. */
export const JobSelection = z.union([
  z.strictObject({ ids: z.array(z.string()).min(1).max(10_000) }),
  z.strictObject({
    query: z.strictObject({
      state: z.array(z.enum(jobStates)).optional(),
      project: z.string().optional(),
      text: z.string().max(200).optional(),
    }),
  }),
]);
export type JobSelection = z.infer<typeof JobSelection>;

export const BulkRequest = z.strictObject({
  action: z.enum(bulkActions),
  /** For `priority`: the new one. */
  priority: z.int().min(-1000).max(1000).optional(),
  /** For `retry`: only tasks in these states; absent, all that can be retried. */
  tasks: z.array(z.enum(retriedStates)).min(1).optional(),
  jobs: JobSelection,
  /** True: nothing is changed, the answer says what would be. */
  dryRun: z.boolean().optional(),
});
export type BulkRequest = z.infer<typeof BulkRequest>;

/** A job that the action changed (or would change), as it was before: enough to undo it. */
export const BulkChanged = z.object({
  id: z.string(),
  name: z.string(),
  state: z.enum(jobStates),
  priority: z.int(),
  unfinishedTasks: z.int(),
});
export type BulkChanged = z.infer<typeof BulkChanged>;

export const BulkView = z.object({
  /** Jobs that the selection holds. */
  selected: z.int(),
  changed: z.array(BulkChanged),
  /** Jobs for which the action means nothing in their state. */
  passedOver: z.int(),
  refused: z.array(z.object({ id: z.string(), name: z.string(), reason: z.string() })),
});
export type BulkView = z.infer<typeof BulkView>;
