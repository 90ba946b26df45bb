/** Every read of the scheduler that the page makes, and the addresses of its files. */
import {
  EstimateView,
  FarmHistory,
  FarmView,
  GalleryCount,
  GalleryWindow,
  JobAxes,
  JobDetail,
  JobFailures,
  JobGrid,
  JobTimeline,
  JobView,
  JoinsView,
  ModelView,
  NodeLogView,
  NodeView,
  ProjectView,
  ResultView,
  TagView,
  TaskView,
  pageOf,
  type JobState,
  type PictureKey,
} from '@atelier/contracts/rest';
import { z } from 'zod';
import type { GallerySearch } from '../url/search.js';
import { get, post } from './client.js';

/** One listing answers with at most this many items. */
const pageSize = { jobs: 100, results: 200, deadTasks: 100, nodes: 1000, models: 1000 };

type Parameters = [name: string, value: string | number | boolean | null | undefined][];

const query = (parameters: Parameters) =>
  `?${new URLSearchParams(parameters.flatMap(([name, value]) => (value === null || value === undefined ? [] : [[name, String(value)]])))}`;

const page = (size: number, token: string | null): Parameters => [
  ['pageSize', size],
  ['pageToken', token],
];

export const getFarm = (signal?: AbortSignal) => get('/farm', FarmView, signal);
export const getHistory = (signal?: AbortSignal) => get('/farm/history', FarmHistory, signal);
export const getJoins = (signal?: AbortSignal) => get('/joins', JoinsView, signal);

export const getProjects = async (signal?: AbortSignal) => (await get('/projects', pageOf(ProjectView), signal)).items;

export const getNodes = async (signal?: AbortSignal) =>
  (await get(`/nodes${query(page(pageSize.nodes, null))}`, pageOf(NodeView), signal)).items.sort((a, b) =>
    a.name.localeCompare(b.name),
  );

export const getModels = async (signal?: AbortSignal) =>
  (await get(`/models${query(page(pageSize.models, null))}`, pageOf(ModelView), signal)).items;

export const getBatchSchema = (signal?: AbortSignal) =>
  get('/schemas/batch.json', z.record(z.string(), z.unknown()), signal);

export const estimateBatch = (text: string) =>
  post('/estimates', EstimateView, { text, type: 'application/yaml', idempotencyKey: '' });

/** Which jobs a list shows. */
export interface JobFilter {
  states: readonly JobState[];
  text: string;
}

export const getJobs = (
  { states, text }: JobFilter,
  token: string | null,
  signal?: AbortSignal,
  size = pageSize.jobs,
) =>
  get(
    `/jobs${query([...states.map((state): [string, string] => ['state', state]), ['text', text || null], ...page(size, token)])}`,
    pageOf(JobView),
    signal,
  );

export const getJob = (id: string, signal?: AbortSignal) => get(jobPath(id), JobDetail, signal);
export const getJobAxes = (id: string, signal?: AbortSignal) => get(`${jobPath(id)}/axes`, JobAxes, signal);
export const getTimeline = (id: string, signal?: AbortSignal) => get(`${jobPath(id)}/timeline`, JobTimeline, signal);
export const getFailures = async (id: string, signal?: AbortSignal) =>
  (await get(`${jobPath(id)}/failures`, JobFailures, signal)).groups;
export const getJobGrid = (id: string, x: string, y: string, at: string, signal?: AbortSignal) =>
  get(
    `${jobPath(id)}/grid${query([
      ['x', x],
      ['y', y || null],
      ['at', at || null],
    ])}`,
    JobGrid,
    signal,
  );

export const getNewest = async (size: number, signal?: AbortSignal) =>
  (await get(`/results${query(page(size, null))}`, pageOf(ResultView), signal)).items;

/** A search as the scheduler takes it; dates of a day become its first and last moment. */
export function pictureParameters({ from, to, ...search }: GallerySearch): Parameters {
  const { text, model, seed, job, node, starred, tag } = search;
  return [
    ['text', text],
    ['model', model],
    ['seed', seed],
    ['job', job],
    ['node', node],
    ['starred', starred],
    ['tag', tag],
    ['from', from && new Date(`${from}T00:00:00`).toISOString()],
    ['to', to && new Date(`${to}T23:59:59.999`).toISOString()],
  ];
}

/** Pictures of the search that were made until `at`. */
const until = (search: GallerySearch, at: string): Parameters => [
  ...pictureParameters({ ...search, to: undefined }),
  ['to', at],
];

export const countGallery = (search: GallerySearch, signal?: AbortSignal) =>
  get(`/gallery/count${query(pictureParameters(search))}`, GalleryCount, signal);

export const getGalleryWindow = async (
  search: GallerySearch,
  at: string,
  offset: number,
  size: number,
  signal?: AbortSignal,
) =>
  (await get(`/gallery${query([...until(search, at), ['offset', offset], ['size', size]])}`, GalleryWindow, signal))
    .items;

export const getTags = async (signal?: AbortSignal) =>
  (await get('/gallery/tags', z.object({ items: z.array(TagView) }), signal)).items;

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

export const getNodeLogs = async (id: string, signal?: AbortSignal) =>
  (await get(`${nodePath(id)}/logs?lines=500`, pageOf(NodeLogView), signal)).items;

export const jobPath = (id: string) => `/jobs/${encodeURIComponent(id)}`;
export const nodePath = (id: string) => `/nodes/${encodeURIComponent(id)}`;

/** Addresses that the browser opens itself. */
export const pictureUrl = (sha256: string) => `/api/v1/artifacts/${sha256}/content`;
export const thumbnailUrl = (sha256: string) => `/api/v1/artifacts/${sha256}/thumbnail`;
export const cannyUrl = (sha256: string, low: number, high: number) =>
  `/api/v1/artifacts/${sha256}/canny${query([
    ['low', low],
    ['high', high],
  ])}`;
export const archiveUrl = (jobId: string) => `/api/v1${jobPath(jobId)}/archive`;
export const foundArchiveUrl = (search: GallerySearch, at: string) =>
  `/api/v1/gallery/archive${query(until(search, at))}`;
export const chosenArchiveUrl = (pictures: readonly PictureKey[]) =>
  `/api/v1/gallery/archive${query([['pictures', rangesOf(pictures)]])}`;

/** `JOB:0-4.9,JOB:3`: how the archive names pictures. */
export function rangesOf(pictures: readonly PictureKey[]): string {
  const byJob = new Map<string, number[]>();
  for (const { jobId, index } of pictures) byJob.set(jobId, [...(byJob.get(jobId) ?? []), index]);
  return [...byJob].map(([jobId, indices]) => `${jobId}:${ranges(indices.sort((a, b) => a - b)).join('.')}`).join(',');
}

function ranges(sorted: readonly number[]): string[] {
  const found: [first: number, last: number][] = [];
  for (const index of sorted) {
    const open = found.at(-1);
    if (open && index === open[1] + 1) open[1] = index;
    else found.push([index, index]);
  }
  return found.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`));
}
