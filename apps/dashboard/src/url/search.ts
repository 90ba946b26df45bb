/**
 * What the URL remembers of each view. A value that is not understood is dropped, so that an old or mistyped link
 * still opens the page.
 */
import { modelKinds, nodeStates, type JobState } from '@atelier/contracts/rest';
import { z } from 'zod';

const optional = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined);
const text = optional(z.coerce.string().min(1).max(500));
const flag = optional(z.boolean());

/** The filters of the jobs list: each stands for the states that a person means by the word. */
export const jobFilters = {
  active: ['queued', 'running', 'paused', 'cancelling'],
  completed: ['completed'],
  failed: ['failed'],
  cancelled: ['cancelled'],
} as const satisfies Record<string, readonly JobState[]>;
export type JobFilterName = keyof typeof jobFilters;
export const jobFilterNames = Object.keys(jobFilters) as JobFilterName[];

export const cellSizes = ['small', 'medium', 'large'] as const;
export type CellSize = (typeof cellSizes)[number];

export const FarmSearch = z.object({
  /** Absent: the rack, or the table when there are too many nodes to look at. */
  view: optional(z.enum(['rack', 'table'])),
  /** Part of a node's name, address or chassis. */
  q: text,
  state: optional(z.enum(nodeStates)),
});
export type FarmSearch = z.infer<typeof FarmSearch>;

export const logLevels = ['info', 'warn', 'error'] as const;
export const NodeSearch = z.object({
  /** Least level of the log lines that are shown; absent: all. */
  level: optional(z.enum(logLevels)),
  q: text,
});

export const JobsSearch = z.object({ show: optional(z.enum(jobFilterNames)), q: text });
export type JobsSearch = z.infer<typeof JobsSearch>;

export const jobTabs = ['grid', 'timeline', 'failed', 'batch'] as const;
export type JobTab = (typeof jobTabs)[number];
export const JobSearch = z.object({
  /** Absent: the pictures. */
  tab: optional(z.enum(jobTabs)),
  size: optional(z.enum(cellSizes)),
  /** Axes of the grid's columns and rows, and of the grids that stand below each other. */
  x: text,
  y: text,
  z: text,
  /** Positions of the other axes: `prompt:0,steps:2`. */
  at: text,
});
export type JobSearch = z.infer<typeof JobSearch>;

const day = optional(z.iso.date());
const pictures = {
  /** Words of the prompt. */
  text,
  model: text,
  seed: optional(z.coerce.number().int().min(0).max(4_294_967_295)),
  job: text,
  node: text,
  from: day,
  to: day,
  starred: flag,
  tag: text,
};
export const GallerySearch = z.object({ ...pictures, size: optional(z.enum(cellSizes)) });
export type GallerySearch = z.infer<typeof GallerySearch>;

export const PictureSearch = z.object({
  /** Where "next" leads: absent, through the job; `gallery`, through what the search finds. */
  within: optional(z.literal('gallery')),
  ...pictures,
  /** Position in the gallery, and the time up to which that counts. */
  pos: optional(z.number().int().min(0)),
  upTo: optional(z.iso.datetime()),
  /** True: one pixel of the picture is a sharp square. */
  pixels: flag,
});
export type PictureSearch = z.infer<typeof PictureSearch>;

/** The search alone, of what a URL says beside it. */
export const galleryOf = ({ text, model, seed, job, node, from, to, starred, tag }: GallerySearch): GallerySearch => ({
  text,
  model,
  seed,
  job,
  node,
  from,
  to,
  starred,
  tag,
});

export const compareModes = ['slider', 'side', 'hover', 'difference'] as const;
export type CompareMode = (typeof compareModes)[number];
export const CompareSearch = z.object({
  /** Pictures as `JOB:INDEX`. */
  a: text,
  b: text,
  mode: optional(z.enum(compareModes)),
});

export const takes = ['all', 'seed', 'prompt'] as const;
export type Take = (typeof takes)[number];
export const NewJobSearch = z.object({
  /** A picture whose request is taken over, as `JOB:INDEX`, and how much of it. */
  from: text,
  take: optional(z.enum(takes)),
  /** A job whose batch is taken over. */
  like: text,
});

export const PlaySearch = z.object({ prompt: text, model: text });
export const ModelsSearch = z.object({ kind: optional(z.enum(modelKinds)) });

/** States to ask the scheduler for; none means all. */
export const statesOf = (filter: JobFilterName | undefined): readonly JobState[] => (filter ? jobFilters[filter] : []);

/** `JOB:INDEX` of a picture, and back. */
export const placeText = ({ jobId, index }: { jobId: string; index: number }): string => `${jobId}:${index}`;
export function placeOf(text: string | undefined): { jobId: string; index: number } | null {
  const [, jobId, index] = /^([\w-]+):(\d{1,8})$/.exec(text ?? '') ?? [];
  return jobId === undefined ? null : { jobId, index: Number(index) };
}
