/** The tasks of a job, also those that were never touched and have no row. */
import type { Expansion } from '@atelier/batch';
import {
  AtelierError,
  type AttemptView,
  type Page,
  type TaskSettings,
  type TaskState,
  type TaskView,
} from '@atelier/contracts';
import type { Attempt, Job, Results, Task, Tasks } from '@atelier/store';
import type { Dispatcher } from '../dispatch/dispatcher.js';
import type { JobLibrary } from './library.js';
import { resultView, type JobViews } from './views.js';

/** States that a task can only have with a row of its own. */
const needsRow = (state: TaskState) => state !== 'pending' && state !== 'cancelled';
/** Indices that one request for tasks without rows looks through at most: its page may be short, never slow. */
const lookedThrough = 20_000;

export class TaskReader {
  constructor(
    private readonly store: { tasks: Tasks; results: Results },
    private readonly library: JobLibrary,
    private readonly dispatcher: Pick<Dispatcher, 'waitingForTask'>,
    private readonly views: JobViews,
  ) {}

  /** Throws `not_found`. */
  async get(jobId: string, index: number): Promise<TaskView> {
    const job = await this.views.job(jobId);
    if (index >= job.counts.total)
      throw new AtelierError(
        'not_found',
        `Job ${jobId} has the tasks 0 to ${job.counts.total - 1}, none with index ${index}.`,
      );
    const row = await this.store.tasks.get({ jobId, taskIndex: index });
    return this.view(job, await this.library.expansionOf(jobId), index, row);
  }

  /** By index. A page may hold fewer than `size` although more follow: ask until `nextPageToken` is null. */
  async list(
    jobId: string,
    states: readonly TaskState[],
    size: number,
    token: string | undefined,
  ): Promise<Page<TaskView>> {
    const job = await this.views.job(jobId);
    const expansion = await this.library.expansionOf(jobId);
    const from = token === undefined ? 0 : readToken(token);
    const found =
      states.length > 0 && states.every(needsRow)
        ? await this.withRows(jobId, states, from, size)
        : await this.withAndWithoutRows(job, states, from, size);
    const items = await Promise.all(found.tasks.map(({ index, row }) => this.view(job, expansion, index, row)));
    return { items, nextPageToken: found.next === null ? null : String(found.next) };
  }

  private async withRows(jobId: string, states: readonly TaskState[], from: number, size: number) {
    const rows = await this.store.tasks.list(jobId, from, size + 1, [...states]);
    const tasks = rows.slice(0, size).map((row) => ({ index: row.taskIndex, row }));
    return { tasks, next: rows[size]?.taskIndex ?? null };
  }

  private async withAndWithoutRows(job: Job, states: readonly TaskState[], from: number, size: number) {
    const { total } = job.counts;
    const end = Math.min(total, from + (states.length === 0 ? size : lookedThrough));
    const rows = await this.store.tasks.list(job.id, from, end - from);
    const rowOf = new Map(rows.map((row) => [row.taskIndex, row]));
    const tasks: { index: number; row: Task | null }[] = [];
    let index = from;
    for (; index < end && tasks.length < size; index++) {
      const row = rowOf.get(index) ?? null;
      if (states.length === 0 || states.includes(stateOf(job, row))) tasks.push({ index, row });
    }
    return { tasks, next: index < total ? index : null };
  }

  private async view(job: Job, expansion: Expansion, index: number, row: Task | null): Promise<TaskView> {
    const key = { jobId: job.id, taskIndex: index };
    const [attempts, result] = row
      ? await Promise.all([this.store.tasks.attempts(key), this.store.results.get(key)])
      : [[], null];
    const state = stateOf(job, row);
    return {
      jobId: job.id,
      index,
      state,
      prompt: expansion.promptOf(index),
      seed: expansion.seedOf(index),
      settings: settingsOf(expansion, index),
      axes: expansion.axesOf(index),
      waitingFor: state === 'pending' ? this.dispatcher.waitingForTask(job.id, index) : null,
      attempts: attempts.map(attemptView),
      result: result && resultView(result),
    };
  }
}

const stateOf = ({ state }: Job, row: Task | null): TaskState =>
  row?.state ?? (state === 'cancelled' || state === 'cancelling' ? 'cancelled' : 'pending');

function readToken(token: string): number {
  if (!/^\d{1,8}$/.test(token))
    throw new AtelierError(
      'invalid_request',
      `The page token "${token.slice(0, 80)}" is not one that this farm gave out.`,
    );
  return Number(token);
}

function attemptView(attempt: Attempt): AttemptView {
  const { attemptId, number, state, nodeId, slotId, leasedAt, startedAt, finishedAt, cause, message, record } = attempt;
  return {
    id: attemptId,
    number,
    state,
    nodeId,
    slotId,
    leasedAt: leasedAt.toISOString(),
    startedAt: startedAt?.toISOString() ?? null,
    finishedAt: finishedAt?.toISOString() ?? null,
    cause,
    message,
    record,
  };
}

function settingsOf(expansion: Expansion, index: number): TaskSettings {
  const request = expansion.request(index);
  return {
    model: request.checkpoint!,
    vae: request.vae ?? null,
    loras: request.loras.map(({ model, weight, textEncoderWeight }) => ({ ...model!, weight, textEncoderWeight })),
    negative: request.negativePrompt ?? null,
    width: request.width,
    height: request.height,
    steps: request.steps,
    guidance: request.guidanceScale,
    sampler: request.sampler || null,
    schedule: request.schedule || null,
    eta: request.eta ?? null,
    clipSkip: request.clipSkip,
    rng: request.rng,
  };
}
