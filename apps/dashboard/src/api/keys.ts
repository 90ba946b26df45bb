/** The names under which the query cache keeps what was read. */
import type { JobState } from '@atelier/contracts/rest';

export const keys = {
  farm: ['farm'] as const,
  nodes: ['nodes'] as const,
  models: ['models'] as const,
  /** Live previews by attempt: filled by events only. */
  previews: ['previews'] as const,
  /** Prefix of all lists of jobs; the third part of a list's key are its states. */
  jobLists: ['jobs', 'list'] as const,
  jobs: (states: readonly JobState[]) => ['jobs', 'list', states] as const,
  job: (id: string) => ['jobs', 'one', id] as const,
  newest: ['results', 'newest'] as const,
  gallery: ['results', 'gallery'] as const,
  results: (jobId: string) => ['results', 'job', jobId] as const,
  task: (jobId: string, index: number) => ['tasks', 'one', jobId, index] as const,
  deadTasks: (jobId: string) => ['tasks', 'dead', jobId] as const,
};
