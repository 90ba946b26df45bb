/** What the views subscribe to. Events keep it fresh (`live/`); what no event carries is read again on a clock. */
import { finishedJobStates, type TaskView } from '@atelier/contracts/rest';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { Previews } from '../live/apply.js';
import { newestKept } from '../live/feed.js';
import { keys } from './keys.js';
import {
  getBatchSchema,
  getChassis,
  getDeadTasks,
  getFailures,
  getFarm,
  getHistory,
  getJob,
  getJobAxes,
  getJobGrid,
  getJobs,
  getJoins,
  getModels,
  getNewest,
  getNodeLogs,
  getNodes,
  getProjects,
  getResults,
  getTags,
  getTask,
  getTimeline,
  type JobFilter,
} from './reads.js';

const firstPage: string | null = null;
const nextPage = ({ nextPageToken }: { nextPageToken: string | null }) => nextPageToken;

export const farmQuery = queryOptions({
  queryKey: keys.farm,
  queryFn: ({ signal }) => getFarm(signal),
  refetchInterval: 5000,
});

/** Readings (temperature, watts, memory) come with no event of their own; a list of a thousand is read less often. */
export const nodesQuery = queryOptions({
  queryKey: keys.nodes,
  queryFn: ({ signal }) => getNodes(signal),
  refetchInterval: ({ state: { data } }) => (data && data.length > 200 ? 30_000 : 5000),
});

export const previewsQuery = queryOptions({
  queryKey: keys.previews,
  queryFn: (): Previews => ({}),
  initialData: {} as Previews,
  enabled: false,
});

export const modelsQuery = queryOptions({
  queryKey: keys.models,
  queryFn: ({ signal }) => getModels(signal),
  staleTime: 30_000,
});

export const jobsQuery = (filter: JobFilter) =>
  infiniteQueryOptions({
    queryKey: keys.jobs(filter),
    queryFn: ({ pageParam, signal }) => getJobs(filter, pageParam, signal),
    initialPageParam: firstPage,
    getNextPageParam: nextPage,
  });

/** `waitingFor` and the ETA move without an event while the job is unfinished. */
export const jobQuery = (id: string) =>
  queryOptions({
    queryKey: keys.job(id),
    queryFn: ({ signal }) => getJob(id, signal),
    refetchInterval: ({ state: { data } }) => (data && finishedJobStates.includes(data.state) ? false : 3000),
  });

export const newestQuery = queryOptions({
  queryKey: keys.newest,
  queryFn: ({ signal }) => getNewest(newestKept, signal),
});

export const historyQuery = queryOptions({
  queryKey: keys.history,
  queryFn: ({ signal }) => getHistory(signal),
  refetchInterval: 15_000,
});

/** Who knocks is told by no event; only the page that shows it asks. */
export const joinsQuery = queryOptions({
  queryKey: keys.joins,
  queryFn: ({ signal }) => getJoins(signal),
  refetchInterval: 2000,
});

export const projectsQuery = queryOptions({
  queryKey: keys.projects,
  queryFn: ({ signal }) => getProjects(signal),
  refetchInterval: 10_000,
});

export const chassisQuery = queryOptions({
  queryKey: keys.chassis,
  queryFn: ({ signal }) => getChassis(signal),
  refetchInterval: 10_000,
});

export const nodeLogsQuery = (id: string) =>
  queryOptions({
    queryKey: keys.nodeLogs(id),
    queryFn: ({ signal }) => getNodeLogs(id, signal),
    refetchInterval: 2000,
    staleTime: 0,
  });

export const batchSchemaQuery = queryOptions({
  queryKey: keys.batchSchema,
  queryFn: ({ signal }) => getBatchSchema(signal),
});

export const tagsQuery = queryOptions({ queryKey: keys.tags, queryFn: ({ signal }) => getTags(signal) });

export const jobAxesQuery = (id: string) =>
  queryOptions({ queryKey: keys.jobAxes(id), queryFn: ({ signal }) => getJobAxes(id, signal) });

export const jobGridQuery = (id: string, x: string, y: string, at: string) =>
  queryOptions({
    queryKey: keys.jobGrid(id, x, y, at),
    queryFn: ({ signal }) => getJobGrid(id, x, y, at, signal),
  });

export const timelineQuery = (id: string, running: boolean) =>
  queryOptions({
    queryKey: keys.timeline(id),
    queryFn: ({ signal }) => getTimeline(id, signal),
    refetchInterval: running ? 3000 : false,
    staleTime: 0,
  });

export const failuresQuery = (id: string) =>
  queryOptions({ queryKey: keys.failures(id), queryFn: ({ signal }) => getFailures(id, signal) });

export const resultsQuery = (jobId: string) =>
  infiniteQueryOptions({
    queryKey: keys.results(jobId),
    queryFn: ({ pageParam, signal }) => getResults(jobId, pageParam, signal),
    initialPageParam: firstPage,
    getNextPageParam: nextPage,
  });

const isOver = ({ state }: TaskView) => state === 'succeeded' || state === 'dead' || state === 'cancelled';

export const taskQuery = (jobId: string, index: number) =>
  queryOptions({
    queryKey: keys.task(jobId, index),
    queryFn: ({ signal }) => getTask(jobId, index, signal),
    refetchInterval: ({ state: { data } }) => (data && !isOver(data) ? 2000 : false),
  });

export const deadTasksQuery = (jobId: string) =>
  infiniteQueryOptions({
    queryKey: keys.deadTasks(jobId),
    queryFn: ({ pageParam, signal }) => getDeadTasks(jobId, pageParam, signal),
    initialPageParam: firstPage,
    getNextPageParam: nextPage,
  });
