/** What a look into a job tells: its axes, its pictures along them, its time, its failures. */
import { z } from 'zod';
import { attemptStates } from '../states.js';

/** Something that varies between the tasks of a job: `prompt`, or a key of the matrix. */
export const JobAxis = z.object({
  key: z.string(),
  size: z.int(),
  /** The first values as people read them, at most 200. */
  values: z.array(z.string()),
});
export type JobAxis = z.infer<typeof JobAxis>;

export const SheetView = z.object({
  /** Name of its file. */
  file: z.string(),
  /** The axis of the columns. */
  x: z.string(),
  /** The axis of the rows; null: the pictures go on row by row. */
  y: z.string().nullable(),
  /** Positions of the other axes. */
  at: z.record(z.string(), z.int()),
});
export type SheetView = z.infer<typeof SheetView>;

/** `sheets`: contact sheets that the batch asks for. */
export const JobAxes = z.object({ axes: z.array(JobAxis), sheets: z.array(SheetView).default([]) });
export type JobAxes = z.infer<typeof JobAxes>;

export const GridCell = z.object({
  index: z.int(),
  seed: z.int(),
  /** The picture, once there is one. */
  sha256: z.string().nullable(),
  mediaType: z.string().nullable(),
});
export type GridCell = z.infer<typeof GridCell>;

/** Rows from top to bottom, cells from left to right; null where the matrix leaves a combination out. */
export const JobGrid = z.object({ rows: z.array(z.array(GridCell.nullable())) });
export type JobGrid = z.infer<typeof JobGrid>;

/** The stages of an attempt, in the order in which they happen. `wait` is from lease to start. */
export const attemptStages = ['wait', 'load', 'encode', 'denoise', 'decode', 'upload'] as const;
export type AttemptStage = (typeof attemptStages)[number];

const stageSeconds = z.object({
  wait: z.number(),
  load: z.number(),
  encode: z.number(),
  denoise: z.number(),
  decode: z.number(),
  upload: z.number(),
});

export const TimelineSpan = z.object({
  index: z.int(),
  number: z.int(),
  state: z.enum(attemptStates),
  nodeId: z.string(),
  slotId: z.string(),
  leasedAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
  stages: stageSeconds,
});
export type TimelineSpan = z.infer<typeof TimelineSpan>;

/** The job's latest attempts, oldest first, and how long each stage took in all of its successful ones. */
export const JobTimeline = z.object({
  attempts: z.int().describe('attempts of the job so far'),
  stages: stageSeconds.describe('seconds, summed over successful attempts'),
  spans: z.array(TimelineSpan),
});
export type JobTimeline = z.infer<typeof JobTimeline>;

/** Dead tasks of a job with one cause. */
export const FailureGroup = z.object({
  cause: z.string(),
  message: z.string().describe('of the latest of them'),
  tasks: z.int(),
  indices: z.array(z.int()).describe('the first of them, at most 50'),
  nodes: z.array(z.string()).describe('ids of the nodes that tried last'),
});
export type FailureGroup = z.infer<typeof FailureGroup>;

export const JobFailures = z.object({ groups: z.array(FailureGroup) });
