/** What happened lately, and who asks to join. */
import { z } from 'zod';
import { jobStates, nodeStates } from '../states.js';

export const FarmChange = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('node'),
    at: z.iso.datetime(),
    id: z.string(),
    name: z.string(),
    state: z.enum(nodeStates),
  }),
  z.object({
    kind: z.literal('job'),
    at: z.iso.datetime(),
    id: z.string(),
    name: z.string(),
    state: z.enum(jobStates),
  }),
]);
export type FarmChange = z.infer<typeof FarmChange>;

export const FarmHistory = z.object({
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  /** Pictures in each minute of the time from `from` to `to`. */
  picturesPerMinute: z.array(z.int()),
  deadTasks: z.int(),
  /** Newest first, at most 100. */
  changes: z.array(FarmChange),
});
export type FarmHistory = z.infer<typeof FarmHistory>;

/** A machine that asked to become a node. */
export const KnockView = z.object({
  at: z.iso.datetime(),
  name: z.string(),
  outcome: z.enum(['joined', 'refused']),
  reason: z.string().nullable(),
  nodeId: z.string().nullable(),
});
export type KnockView = z.infer<typeof KnockView>;

export const JoinsView = z.object({
  address: z.string().describe('host:port for `atelier agent --join`'),
  /** Newest first, since the scheduler started, at most 50. */
  knocks: z.array(KnockView),
});
export type JoinsView = z.infer<typeof JoinsView>;
