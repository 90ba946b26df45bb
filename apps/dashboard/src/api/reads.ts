/** Every read of the scheduler that the page makes, and the addresses of its files. */
import {
  FarmView,
  JobDetail,
  JobView,
  ModelView,
  NodeView,
  ResultView,
  TaskView,
  pageOf,
  type JobState,
} from '@atelier/contracts/rest';
import { get } from './client.js';

/** One listing answers with at most this many items. */
const pageSize = { jobs: 100, results: 200, deadTasks: 100, nodes: 1000, models: 1000 };

const query = (parameters: [name: string, value: string | number | null][]) =>
  `?${new URLSearchParams(parameters.flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]])))}`;

const page = (size: number, token: string | null): [string, string | number | null][] => [
  ['pageSize', size],
  ['pageToken', token],
];

export const getFarm = (signal?: AbortSignal) => get('/farm', FarmView, signal);

export const getNodes = async (signal?: AbortSignal) =>
  (await get(`/nodes${query(page(pageSize.nodes, null))}`, pageOf(NodeView), signal)).items.sort((a, b) =>
    a.name.localeCompare(b.name),
  );

export const getModels = async (signal?: AbortSignal) =>
  (await get(`/models${query(page(pageSize.models, null))}`, pageOf(ModelView), signal)).items;

export const getJobs = (states: readonly JobState[], token: string | null, signal?: AbortSignal) =>
  get(
    `/jobs${query([...states.map((state): [string, string] => ['state', state]), ...page(pageSize.jobs, token)])}`,
    pageOf(JobView),
    signal,
  );

export const getJob = (id: string, signal?: AbortSignal) => get(jobPath(id), JobDetail, signal);

export const getNewest = async (size: number, signal?: AbortSignal) =>
  (await get(`/results${query(page(size, null))}`, pageOf(ResultView), signal)).items;

export const getGallery = (token: string | null, signal?: AbortSignal) =>
  get(`/results${query(page(pageSize.results, token))}`, pageOf(ResultView), signal);

export const getResults = (jobId: string, token: string | null, signal?: AbortSignal) =>
  get(`${jobPath(jobId)}/results${query(page(pageSize.results, token))}`, pageOf(ResultView), signal);

export const getTask = (jobId: string, index: number, signal?: AbortSignal) =>
  get(`${jobPath(jobId)}/tasks/${index}`, TaskView, signal);

export const getDeadTasks = (jobId: string, token: string | null, signal?: AbortSignal) =>
  get(
    `${jobPath(jobId)}/tasks${query([['state', 'dead'], ...page(pageSize.deadTasks, token)])}`,
    pageOf(TaskView),
    signal,
  );

export const jobPath = (id: string) => `/jobs/${encodeURIComponent(id)}`;
export const nodePath = (id: string) => `/nodes/${encodeURIComponent(id)}`;

/** Addresses that the browser opens itself. */
export const pictureUrl = (sha256: string) => `/api/v1/artifacts/${sha256}/content`;
export const thumbnailUrl = (sha256: string) => `/api/v1/artifacts/${sha256}/thumbnail`;
export const archiveUrl = (jobId: string) => `/api/v1${jobPath(jobId)}/archive`;
