/**
 * What the URL remembers of each view. A value that is not understood is dropped, so that an old or mistyped link
 * still opens the page.
 */
import { modelKinds, type JobState } from '@atelier/contracts/rest';
import { z } from 'zod';

const optional = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined);

/** The filters of the jobs list: each stands for the states that a person means by the word. */
export const jobFilters = {
  active: ['queued', 'running', 'paused', 'cancelling'],
  completed: ['completed'],
  failed: ['failed'],
  cancelled: ['cancelled'],
} as const satisfies Record<string, readonly JobState[]>;
export type JobFilter = keyof typeof jobFilters;
export const jobFilterNames = Object.keys(jobFilters) as JobFilter[];

export const cellSizes = ['small', 'medium', 'large'] as const;
export type CellSize = (typeof cellSizes)[number];

export const JobsSearch = z.object({ show: optional(z.enum(jobFilterNames)) });
export const JobSearch = z.object({
  /** Absent: the pictures. */
  tab: optional(z.enum(['failed', 'batch'])),
  size: optional(z.enum(cellSizes)),
});
export const GallerySearch = z.object({ size: optional(z.enum(cellSizes)) });
export const PictureSearch = z.object({
  /** Where "next" leads: absent, through the job; `gallery`, through the latest pictures of the farm. */
  within: optional(z.literal('gallery')),
  /** True: one pixel of the picture is a sharp square. */
  pixels: optional(z.boolean()),
});
export const ModelsSearch = z.object({ kind: optional(z.enum(modelKinds)) });

/** States to ask the scheduler for; none means all. */
export const statesOf = (filter: JobFilter | undefined): readonly JobState[] => (filter ? jobFilters[filter] : []);
