/** What REST answers with, as zod schemas: the OpenAPI document, the page and the CLI all read these. */
import { z } from 'zod';
import { attemptStates, jobStates, nodeStates, slotStates, taskStates } from '../states.js';
import { NodeLimits } from './operators.js';

const time = z.iso.datetime();

/** Seconds. */
const Range = z.object({ low: z.number(), high: z.number() });

/** Tasks of a job by what has become of them. `pending + running + succeeded + dead + cancelled = total`. */
export const JobCounts = z.object({
  total: z.int(),
  pending: z.int(),
  running: z.int().describe('leased, running or uploading'),
  succeeded: z.int(),
  dead: z.int(),
  cancelled: z.int(),
  withheld: z.int().describe('of those that succeeded: judged unsafe, not shown'),
});
export type JobCounts = z.infer<typeof JobCounts>;

export const JobView = z.object({
  id: z.string(),
  name: z.string(),
  project: z.string(),
  submittedBy: z.string().describe('whoever sent it; empty where that is not known'),
  state: z.enum(jobStates),
  priority: z.int(),
  counts: JobCounts,
  model: z.string(),
  createdAt: time,
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  /** Seconds until the last picture, as predicted; null when there is nothing to judge by yet. */
  etaSeconds: z.number().nullable(),
  /** Between which it lies most likely; null where it comes from the job's pace alone. */
  etaRange: Range.nullable(),
  warnings: z.array(z.string()),
});
export type JobView = z.infer<typeof JobView>;

export const JobDetail = JobView.extend({
  /** The batch as submitted. */
  batch: z.string(),
  seedBase: z.int(),
  waitingFor: z.string().nullable(),
  waitingRule: z.string().nullable().describe('the rule of docs/scheduling.md that `waitingFor` is a sentence of'),
  /** Jobs of which a task is assigned before its next one; null when none of its tasks waits. */
  queuePosition: z.int().nullable(),
  deadline: z
    .object({
      at: time,
      feasible: z.boolean().nullable().describe('null: nothing was measured yet'),
      sentence: z.string(),
    })
    .nullable(),
  wattHours: z.number().nullable().describe('used so far; null where no node tells'),
});
export type JobDetail = z.infer<typeof JobDetail>;

export const AttemptView = z.object({
  id: z.string(),
  number: z.int(),
  state: z.enum(attemptStates),
  nodeId: z.string(),
  slotId: z.string(),
  leasedAt: time,
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  cause: z.string().nullable(),
  message: z.string().nullable(),
  record: z.record(z.string(), z.unknown()).nullable(),
});
export type AttemptView = z.infer<typeof AttemptView>;

/** What decides the pixels of a task's picture beside its prompt and seed, resolved: what an agent is asked for. */
export const TaskSettings = z.object({
  model: z.object({ name: z.string(), sha256: z.string() }),
  vae: z.object({ name: z.string(), sha256: z.string() }).nullable(),
  loras: z.array(z.object({ name: z.string(), sha256: z.string(), weight: z.number(), textEncoderWeight: z.number() })),
  negative: z.string().nullable(),
  width: z.int(),
  height: z.int(),
  steps: z.int(),
  guidance: z.number(),
  sampler: z.string().nullable().describe("null: the checkpoint's own"),
  schedule: z.string().nullable().describe("null: the checkpoint's own"),
  eta: z.number().nullable(),
  clipSkip: z.int(),
  rng: z.string(),
});
export type TaskSettings = z.infer<typeof TaskSettings>;

export const ResultView = z.object({
  jobId: z.string(),
  index: z.int(),
  sha256: z.string(),
  pixelSha256: z.string(),
  withheld: z.boolean().describe('the safety checker found what should not be shown: the file is not served'),
  file: z.string().describe('file name from output.name'),
  mediaType: z.string(),
  bytes: z.int(),
  width: z.int(),
  height: z.int(),
  seed: z.int(),
  prompt: z.string(),
  model: z.string().describe('name of the checkpoint'),
  starred: z.boolean(),
  tags: z.array(z.string()),
  nodeId: z.string(),
  attemptId: z.string(),
  createdAt: time,
});
export type ResultView = z.infer<typeof ResultView>;

export const TaskView = z.object({
  jobId: z.string(),
  index: z.int(),
  state: z.enum(taskStates),
  prompt: z.string(),
  seed: z.int(),
  settings: TaskSettings,
  axes: z.record(z.string(), z.unknown()).describe('what the matrix sets for this task'),
  waitingFor: z.string().nullable(),
  attempts: z.array(AttemptView),
  /** The picture, once there is one. */
  result: ResultView.nullable(),
});
export type TaskView = z.infer<typeof TaskView>;

export const ProgressView = z.object({
  attemptId: z.string(),
  jobId: z.string(),
  index: z.int(),
  nodeId: z.string(),
  slotId: z.string(),
  stage: z.string(),
  step: z.int(),
  steps: z.int(),
});
export type ProgressView = z.infer<typeof ProgressView>;

export const SlotView = z.object({
  id: z.string(),
  state: z.enum(slotStates),
  device: z.string(),
  provider: z.string(),
  reason: z.string().describe('why this provider, or why the slot is blocked'),
  memoryBytes: z.int(),
  memoryUsedBytes: z.int().nullable(),
  temperatureCelsius: z.number().nullable(),
  powerWatts: z.number().nullable(),
  utilizationRatio: z.number().nullable(),
  /** Name of the checkpoint that is loaded. */
  checkpoint: z.string().nullable(),
  progress: z.array(ProgressView),
  enginePid: z.int().nullable(),
  waitingFor: z.string().nullable().describe('why an idle slot does nothing'),
});
export type SlotView = z.infer<typeof SlotView>;

/** What came of the latest acceptance test of a node. */
export const NodeTestView = z.object({
  at: time,
  outcome: z.enum(['passed', 'failed', 'skipped']),
  message: z.string(),
  slots: z.array(
    z.object({
      slotId: z.string(),
      largestDifference: z.int().describe('of a channel from the reference, in levels of 255'),
      loadSeconds: z.number(),
      stepSeconds: z.number(),
    }),
  ),
});
export type NodeTestView = z.infer<typeof NodeTestView>;

/** A line of an agent's log. */
export const NodeLogView = z.object({
  at: time.nullable(),
  level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']),
  message: z.string(),
  /** What else the line says. */
  fields: z.record(z.string(), z.unknown()),
});
export type NodeLogView = z.infer<typeof NodeLogView>;

export const NodeView = z.object({
  id: z.string(),
  name: z.string(),
  state: z.enum(nodeStates),
  reason: z.string().nullable(),
  chassis: z.string().nullable(),
  bay: z.int().nullable(),
  /** host:port at which the node is dialled; empty where its agent dials out. */
  address: z.string(),
  metricsAddress: z.string().nullable(),
  pid: z.int().nullable(),
  os: z.string(),
  cpu: z.string(),
  memoryBytes: z.int(),
  engineBuild: z.string(),
  agentVersion: z.string(),
  joinedAt: time,
  lastSeenAt: time.nullable(),
  picturesLastHour: z.int(),
  test: NodeTestView.nullable(),
  limits: NodeLimits,
  slots: z.array(SlotView),
});
export type NodeView = z.infer<typeof NodeView>;

/** What a model is to a picture. */
export const modelKinds = [
  'checkpoint',
  'lora',
  'vae',
  'controlnet',
  't2i-adapter',
  'embedding',
  'upscaler',
  'motion',
  'safety-checker',
  'ip-adapter',
  'image-encoder',
  'face-restorer',
  'face-detector',
  'preview-decoder',
] as const;

export const ModelView = z.object({
  name: z.string(),
  sha256: z.string(),
  kind: z.enum(modelKinds),
  architecture: z.string().nullable(),
  bytes: z.int(),
  defaultSize: z.string().nullable(),
  description: z.string().nullable(),
});
export type ModelView = z.infer<typeof ModelView>;

export const FarmView = z.object({
  /** One word for the state of the farm. */
  status: z.enum(['working', 'idle', 'waiting', 'paused', 'empty']),
  reason: z.string(),
  paused: z.boolean().describe('an operator paused it: nothing new is begun'),
  /** What somebody should look at, a sentence each. */
  alarms: z.array(z.string()),
  nodes: z.record(z.enum(nodeStates), z.int()),
  slots: z.object({ total: z.int(), busy: z.int() }),
  queue: z.object({
    jobs: z.int(),
    pendingTasks: z.int(),
    runningTasks: z.int(),
    oldestAgeSeconds: z.number().nullable(),
  }),
  picturesPerMinute: z.number(),
  picturesTotal: z.int(),
  wattHoursToday: z.number().nullable().describe('since midnight; null where no node tells'),
  version: z.string(),
});
export type FarmView = z.infer<typeof FarmView>;

/** What a batch would make and cost, without submitting it. */
export const EstimateView = z.object({
  tasks: z.int(),
  renderClasses: z.int(),
  /** Until the last picture, on the farm as it is and with its queue empty; null when it has no pace to judge by. */
  seconds: z.number().nullable(),
  range: Range.nullable(),
  wattHours: z.number().nullable().describe('null where slots have not told what they draw at work'),
  reason: z.string().describe('what the estimate rests on, or why there is none'),
  warnings: z.array(z.string()),
});
export type EstimateView = z.infer<typeof EstimateView>;

/** A project's share of the farm, or a user's of the project. */
export const ShareView = z.object({
  name: z.string(),
  weight: z.number().describe('relative to the others'),
  usedSeconds: z.number().describe('GPU seconds so far'),
  budgetSeconds: z.number().nullable().describe('GPU seconds after which nothing more of it is assigned'),
  maximumSlots: z.int().nullable().describe('most slots at a time'),
});
export type ShareView = z.infer<typeof ShareView>;

/** What a safety checker does with a project's pictures: `off`, it judges none; `withhold`, what it flags counts and is not served. */
export const safetyPolicies = ['off', 'withhold'] as const;
export type SafetyPolicy = (typeof safetyPolicies)[number];

/** What a project may have of the farm, and what the farm does with its pictures. */
export const ProjectView = ShareView.extend({
  safety: z
    .enum(safetyPolicies)
    .nullable()
    .describe("off: no picture is judged; withhold: what the safety checker flags is not served; null: the farm's own"),
  users: z.array(ShareView).describe('by name; those without one are none'),
});
export type ProjectView = z.infer<typeof ProjectView>;

export const AssetView = z.object({ sha256: z.string(), bytes: z.int(), mediaType: z.string() });
export type AssetView = z.infer<typeof AssetView>;

export const TokenView = z.object({
  token: z.string().describe('at1.<id>.<secret>.<sha256 of the CA public key>: shown once'),
  expiresAt: time,
});
export type TokenView = z.infer<typeof TokenView>;

/** A page of a listing: ask again with `pageToken` until `nextPageToken` is null. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextPageToken: z.string().nullable() });
export interface Page<T> {
  items: T[];
  nextPageToken: string | null;
}
