/**
 * How a change alters what the page has in memory. Pure: what does not change keeps its identity, so that React
 * leaves it alone; what is not in memory is not added to, it will be read when somebody looks.
 */
import type {
  JobDetail,
  JobGrid,
  JobView,
  NodeView,
  Page,
  ProgressView,
  ResultView,
  SlotView,
} from '@atelier/contracts/rest';
import type { JobFilter } from '../api/reads.js';
import { endedIn, type Change } from './gather.js';

/** A listing that was read page by page, as TanStack Query keeps it. */
export interface Pages<T> {
  pages: Page<T>[];
  pageParams: unknown[];
}

/** Previews by attempt, as data URIs. */
export type Previews = Readonly<Record<string, string>>;

export function applyToNodes(nodes: readonly NodeView[], change: Change): readonly NodeView[] {
  if (change.nodes.size + change.progress.size + change.results.length + change.dead.length === 0) return nodes;
  const known = new Set(nodes.map(({ id }) => id));
  const joined = [...change.nodes.values()].filter(({ id }) => !known.has(id));
  const ended = endedIn(change);
  const someEnded = change.results.length + change.dead.length > 0;
  const told = progressByNode(change);
  const after = nodes.map((before) => {
    const node = change.nodes.get(before.id) ?? before;
    const ofNode = told.get(node.id) ?? [];
    if (node === before && ofNode.length === 0 && !someEnded) return before;
    const slots = keepIdentity(node.slots, (slot) => applyToSlot(slot, ofNode, ended));
    return slots === node.slots ? node : { ...node, slots };
  });
  if (joined.length > 0) return [...after, ...joined].sort((a, b) => a.name.localeCompare(b.name));
  return after.every((node, i) => node === nodes[i]) ? nodes : after;
}

/** Of a slot alone the name says nothing: nodes give theirs the same names. */
function progressByNode({ progress }: Change): ReadonlyMap<string, ProgressView[]> {
  const told = new Map<string, ProgressView[]>();
  for (const { progress: task } of progress.values()) told.set(task.nodeId, [...(told.get(task.nodeId) ?? []), task]);
  return told;
}

/** @param ofNode progress on the slot's node */
function applyToSlot(slot: SlotView, ofNode: readonly ProgressView[], ended: ReturnType<typeof endedIn>): SlotView {
  const told = ofNode.filter(({ slotId }) => slotId === slot.id);
  const running = slot.progress.filter((task) => !ended(task));
  const updated = keepIdentity(running, (task) => told.find(({ attemptId }) => attemptId === task.attemptId) ?? task);
  const started = told.filter(({ attemptId }) => !slot.progress.some((task) => task.attemptId === attemptId));
  const unchanged = running.length === slot.progress.length && updated === running && started.length === 0;
  return unchanged ? slot : { ...slot, progress: [...updated, ...started] };
}

/** Previews of what runs; those of ended attempts, and of attempts that no slot holds any more, go. */
export function applyToPreviews(previews: Previews, change: Change, nodes: readonly NodeView[]): Previews {
  const running = new Set(nodes.flatMap(({ slots }) => slots.flatMap((slot) => slot.progress.map((p) => p.attemptId))));
  const after: Record<string, string> = {};
  for (const [attemptId, preview] of Object.entries(previews)) if (running.has(attemptId)) after[attemptId] = preview;
  let changed = Object.keys(after).length !== Object.keys(previews).length;
  for (const [attemptId, { preview }] of change.progress) {
    if (preview === undefined || !running.has(attemptId) || after[attemptId] === preview) continue;
    after[attemptId] = preview;
    changed = true;
  }
  return changed ? after : previews;
}

export function applyToJob(job: JobDetail, change: Change): JobDetail {
  const now = change.jobs.get(job.id);
  return now === undefined ? job : { ...job, ...now };
}

/** A list of jobs, newest first, that shows what `filter` asks for. Jobs that left it leave the list. */
export function applyToJobs(list: Pages<JobView>, change: Change, { states, text }: JobFilter): Pages<JobView> {
  if (change.jobs.size === 0) return list;
  const wanted = text.toLowerCase();
  const shown = ({ state, name, project, model }: JobView) =>
    (states.length === 0 || states.includes(state)) && `${name} ${project} ${model}`.toLowerCase().includes(wanted);
  const known = new Set(list.pages.flatMap(({ items }) => items.map(({ id }) => id)));
  const pages = list.pages.map((page) => {
    const items = keepIdentity(page.items, (job) => change.jobs.get(job.id) ?? job);
    return items === page.items ? page : { ...page, items: items.filter(shown) };
  });
  const arrived = [...change.jobs.values()].filter((job) => !known.has(job.id) && shown(job));
  for (const job of arrived) insertJob(pages, job);
  return pages.every((page, i) => page === list.pages[i]) ? list : { ...list, pages };
}

/** Into the page where it belongs by age; what is older than all that was read comes with a later page. */
function insertJob(pages: Page<JobView>[], job: JobView): void {
  for (const [i, page] of pages.entries()) {
    const at = page.items.findIndex((other) => other.createdAt < job.createdAt);
    const last = i === pages.length - 1;
    if (at < 0 && !(last && page.nextPageToken === null)) continue;
    pages[i] = { ...page, items: page.items.toSpliced(at < 0 ? page.items.length : at, 0, job) };
    return;
  }
}

/** The farm's newest pictures, newest first, at most `keep` of them. */
export function applyToNewest(results: readonly ResultView[], change: Change, keep: number): readonly ResultView[] {
  const known = new Set(results.map(keyOf));
  const arrived = change.results.filter((result) => !known.has(keyOf(result))).reverse();
  return arrived.length === 0 ? results : [...arrived, ...results].slice(0, keep);
}

/** A grid fills where a picture of its job has come. */
export function applyToGrid(grid: JobGrid, results: readonly ResultView[]): JobGrid {
  const made = new Map(results.filter(({ withheld }) => !withheld).map((result) => [result.index, result]));
  const rows = keepIdentity(grid.rows, (row) =>
    keepIdentity(row, (cell) => {
      const result = cell && made.get(cell.index);
      if (!result || result.sha256 === cell.sha256) return cell;
      return { ...cell, sha256: result.sha256, mediaType: result.mediaType };
    }),
  );
  return rows === grid.rows ? grid : { rows };
}

/** The pictures of one job, by index. */
export function applyToJobResults(list: Pages<ResultView>, change: Change, jobId: string): Pages<ResultView> {
  const pages = [...list.pages];
  for (const result of change.results) if (result.jobId === jobId) insertResult(pages, result);
  return pages.every((page, i) => page === list.pages[i]) ? list : { ...list, pages };
}

/** Into the first page that reaches its index; beyond all that was read it comes with a later page. */
function insertResult(pages: Page<ResultView>[], result: ResultView): void {
  for (const [i, page] of pages.entries()) {
    const reaches = (page.items.at(-1)?.index ?? -1) >= result.index || page.nextPageToken === null;
    if (!reaches) continue;
    const at = page.items.findIndex(({ index }) => index >= result.index);
    if (at >= 0 && page.items[at]?.index === result.index) return;
    pages[i] = { ...page, items: page.items.toSpliced(at < 0 ? page.items.length : at, 0, result) };
    return;
  }
}

export const keyOf = ({ jobId, index }: { jobId: string; index: number }): string => `${jobId}/${index}`;

function keepIdentity<T>(items: readonly T[], update: (item: T) => T): T[] {
  const after = items.map(update);
  return after.every((item, i) => item === items[i]) ? (items as T[]) : after;
}
