/** Every read of the scheduler that the page makes, and the addresses of its files. */
import {
  ChassisView,
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
import { Content, get, post, queryText } from './client.js';
import { base } from './interface.js';

/** One listing answers with at most this many items. */
const pageSize = { jobs: 100, results: 200, deadTasks: 100 };

const page = (pageSize: number, pageToken: string | null) => ({ pageSize, pageToken });

type Signal = AbortSignal | undefined;

export const getFarm = (signal?: Signal) => get('/farm', { signal }, FarmView);
export const getHistory = (signal?: Signal) => get('/farm/history', { signal }, FarmHistory);
export const getJoins = (signal?: Signal) => get('/joins', { signal }, JoinsView);

export const getProjects = async (signal?: Signal) => (await get('/projects', { signal }, pageOf(ProjectView))).items;

export const getChassis = async (signal?: Signal) => (await get('/chassis', { signal }, pageOf(ChassisView))).items;

export const getNodes = async (signal?: Signal) =>
  (await get('/nodes', { signal }, pageOf(NodeView))).items.sort((a, b) => a.name.localeCompare(b.name));

export const getModels = async (signal?: Signal) => (await get('/models', { signal }, pageOf(ModelView))).items;

export const getBatchSchema = (signal?: Signal) =>
  get('/schemas/batch.json', { signal }, z.record(z.string(), z.unknown()));

export const yaml = (text: string, idempotencyKey: string) =>
  new Content(text, { 'content-type': 'application/yaml', 'idempotency-key': idempotencyKey });

export const estimateBatch = (text: string) => post('/estimates', {}, EstimateView, yaml(text, ''));

/** Which jobs a list shows. */
export interface JobFilter {
  states: readonly JobState[];
  text: string;
}

export const getJobs = ({ states, text }: JobFilter, token: string | null, signal?: Signal, size = pageSize.jobs) =>
  get('/jobs', { query: { state: [...states], text: text || null, ...page(size, token) }, signal }, pageOf(JobView));

export const getJob = (id: string, signal?: Signal) => get('/jobs/{id}', { path: { id }, signal }, JobDetail);
export const getJobAxes = (id: string, signal?: Signal) => get('/jobs/{id}/axes', { path: { id }, signal }, JobAxes);
export const getTimeline = (id: string, signal?: Signal) =>
  get('/jobs/{id}/timeline', { path: { id }, signal }, JobTimeline);
export const getFailures = async (id: string, signal?: Signal) =>
  (await get('/jobs/{id}/failures', { path: { id }, signal }, JobFailures)).groups;
export const getJobGrid = (id: string, x: string, y: string, at: string, signal?: Signal) =>
  get('/jobs/{id}/grid', { path: { id }, query: { x, y: y || null, at: at || null }, signal }, JobGrid);

export const getNewest = async (size: number, signal?: Signal) =>
  (await get('/results', { query: page(size, null), signal }, pageOf(ResultView))).items;

const flags = ['false', 'true'] as const;

/** A search as the scheduler takes it; dates of a day become its first and last moment. */
export function pictureParameters({ from, to, ...search }: GallerySearch) {
  const { text, model, seed, job, node, starred, tag } = search;
  return {
    text,
    model,
    seed,
    job,
    node,
    starred: starred === undefined ? undefined : flags[Number(starred)],
    tag,
    from: from && new Date(`${from}T00:00:00`).toISOString(),
    to: to && new Date(`${to}T23:59:59.999`).toISOString(),
  };
}

/** Pictures of the search that were made until `at`. */
const until = (search: GallerySearch, at: string) => ({ ...pictureParameters({ ...search, to: undefined }), to: at });

export const countGallery = (search: GallerySearch, signal?: Signal) =>
  get('/gallery/count', { query: pictureParameters(search), signal }, GalleryCount);

export const getGalleryWindow = async (
  search: GallerySearch,
  at: string,
  offset: number,
  size: number,
  signal?: Signal,
) => (await get('/gallery', { query: { ...until(search, at), offset, size }, signal }, GalleryWindow)).items;

export const getTags = async (signal?: Signal) =>
  (await get('/gallery/tags', { signal }, z.object({ items: z.array(TagView) }))).items;

export const getResults = (id: string, token: string | null, signal?: Signal) =>
  get('/jobs/{id}/results', { path: { id }, query: page(pageSize.results, token), signal }, pageOf(ResultView));

export const getTask = (id: string, index: number, signal?: Signal) =>
  get('/jobs/{id}/tasks/{index}', { path: { id, index }, signal }, TaskView);

export const getDeadTasks = (id: string, token: string | null, signal?: Signal) =>
  get(
    '/jobs/{id}/tasks',
    { path: { id }, query: { state: ['dead'], ...page(pageSize.deadTasks, token) }, signal },
    pageOf(TaskView),
  );

export const getNodeLogs = async (id: string, signal?: Signal) =>
  (await get('/nodes/{id}/logs', { path: { id }, query: { lines: 500 }, signal }, pageOf(NodeLogView))).items;

/** Addresses that the browser opens itself. */
export const pictureUrl = (sha256: string) => `${base}/artifacts/${sha256}/content`;
export const thumbnailUrl = (sha256: string) => `${base}/artifacts/${sha256}/thumbnail`;
export const cannyUrl = (sha256: string, low: number, high: number) =>
  `${base}/artifacts/${sha256}/canny${queryText({ low, high })}`;
export const archiveUrl = (jobId: string) => `${base}/jobs/${encodeURIComponent(jobId)}/archive`;
export const foundArchiveUrl = (search: GallerySearch, at: string) =>
  `${base}/gallery/archive${queryText(until(search, at))}`;
export const chosenArchiveUrl = (pictures: readonly PictureKey[]) =>
  `${base}/gallery/archive${queryText({ pictures: rangesOf(pictures) })}`;

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
