/** The names under which the query cache keeps what was read. */
import type { GallerySearch } from '../url/search.js';
import type { JobFilter } from './reads.js';

export const keys = {
  farm: ['farm'] as const,
  history: ['farm', 'history'] as const,
  nodes: ['nodes'] as const,
  nodeLogs: (id: string) => ['node-logs', id] as const,
  joins: ['joins'] as const,
  projects: ['projects'] as const,
  chassis: ['chassis'] as const,
  models: ['models'] as const,
  batchSchema: ['schema', 'batch'] as const,
  /** Live previews by attempt: filled by events only. */
  previews: ['previews'] as const,
  /** Prefix of all lists of jobs; the third part of a list's key is its filter. */
  jobLists: ['jobs', 'list'] as const,
  jobs: (filter: JobFilter) => ['jobs', 'list', filter] as const,
  jobsNamed: (text: string) => ['jobs', 'named', text] as const,
  job: (id: string) => ['jobs', 'one', id] as const,
  jobAxes: (id: string) => ['jobs', 'axes', id] as const,
  /** Prefix of all grids of a job. */
  jobGrids: (id: string) => ['jobs', 'grid', id] as const,
  jobGrid: (id: string, x: string, y: string, at: string) => ['jobs', 'grid', id, x, y, at] as const,
  timeline: (id: string) => ['jobs', 'timeline', id] as const,
  failures: (id: string) => ['jobs', 'failures', id] as const,
  newest: ['results', 'newest'] as const,
  /** Prefix of everything that the gallery has read. */
  gallery: ['gallery'] as const,
  galleryWindow: (search: GallerySearch, at: string, offset: number, size: number) =>
    ['gallery', 'window', search, at, offset, size] as const,
  tags: ['tags'] as const,
  results: (jobId: string) => ['results', 'job', jobId] as const,
  task: (jobId: string, index: number) => ['tasks', 'one', jobId, index] as const,
  deadTasks: (jobId: string) => ['tasks', 'dead', jobId] as const,
};
