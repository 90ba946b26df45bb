/** From the text of a batch to a job in the queue: everything is checked first, then one row is written. */
import { createHash } from 'node:crypto';
import { EXPANSION_VERSION, nameOf, priorityOf, projectOf } from '@atelier/batch';
import type { JobView } from '@atelier/contracts';
import { newId, type IdempotencyKey, type Jobs, type Idempotency, type NewJob } from '@atelier/store';
import type { Dispatcher } from '../dispatch/dispatcher.js';
import { requireJobs, tellEnded } from './dependencies.js';
import type { Feasibility } from './feasibility.js';
import type { JobLibrary, PlannedBatch } from './library.js';
import { checkInteractive, requirementsOf, traitsOf } from './traits.js';
import type { JobViews } from './views.js';

export interface Submission {
  text: string;
  format: 'yaml' | 'json';
  /** The `Idempotency-Key` of the request. */
  idempotencyKey?: string | undefined;
  /** Whoever sends it, as far as that is known. */
  user?: string | undefined;
}

/** Nobody logs in yet: all requests are of one principal. */
const principal = 'local';
const route = 'POST /api/v1/jobs';

export class Submit {
  constructor(
    private readonly jobs: Jobs,
    private readonly idempotency: Idempotency,
    private readonly library: JobLibrary,
    private readonly feasibility: Feasibility,
    private readonly dispatcher: Dispatcher,
    private readonly views: JobViews,
  ) {}

  /** Stores a job and queues it. The same key with the same body gives the answer of the first time. */
  async submit(submission: Submission): Promise<JobView> {
    const key = keyOf(submission);
    const answered = key && (await this.idempotency.find(key));
    if (answered) return this.complete(JSON.parse(answered) as JobView);

    const planned = await this.library.plan(submission.text, submission.format);
    const { batch, expansion } = planned;
    checkInteractive(batch, expansion.total);
    await requireJobs(this.jobs, batch.dependsOn ?? []);
    await this.feasibility.require(expansion, requirementsOf(batch));
    const job = newJob(planned, submission.user ?? '');
    const answer = firstAnswer(job);
    const outcome = await this.jobs.insert(job, key && { ...key, answer: JSON.stringify(answer) });
    if (!outcome.inserted) return this.complete(JSON.parse(outcome.answer) as JobView);

    const { id, priority, classes } = job;
    const submittedAt = new Date();
    this.library.remember(id, expansion);
    this.dispatcher.addJob({
      id,
      priority,
      createdAt: submittedAt,
      paused: false,
      expansion,
      cursors: classes.map((renderClass) => ({ ...renderClass, cursor: 0 })),
      returned: [],
      live: [],
      project: job.project,
      user: job.submittedBy,
      ...traitsOf(batch, submittedAt),
    });
    await tellEnded(this.jobs, this.dispatcher, batch.dependsOn);
    return this.complete(answer);
  }

  /** An answer with the time that the database has given the job, and a warning when its deadline cannot be kept. */
  private async complete(answer: JobView): Promise<JobView> {
    const job = await this.views.job(answer.id);
    const deadline = this.views.outlook.deadlineOf(job);
    const late = deadline?.feasible === false ? [deadline.sentence] : [];
    return { ...answer, createdAt: job.createdAt.toISOString(), warnings: [...answer.warnings, ...late] };
  }
}

function keyOf({ text, format, idempotencyKey }: Submission): IdempotencyKey | undefined {
  if (idempotencyKey === undefined) return undefined;
  const bodyHash = createHash('sha256').update(`${format}\n${text}`).digest('hex');
  return { principal, route, key: idempotencyKey, bodyHash };
}

function newJob(planned: PlannedBatch, submittedBy: string): NewJob {
  const { batch, batchText, resolved, seedBase, promptsSha256, images, expansion } = planned;
  return {
    id: newId(),
    name: nameOf(batch),
    project: projectOf(batch),
    submittedBy,
    priority: priorityOf(batch),
    model: expansion.request(0).checkpoint!.name,
    batchText,
    expansionVersion: EXPANSION_VERSION,
    resolved,
    seedBase,
    promptsSha256,
    total: expansion.total,
    warnings: expansion.warnings,
    classes: expansion.classes.map(({ id, count }) => ({ classId: id, count })),
    assets: [...(promptsSha256 === null ? [] : [promptsSha256]), ...images],
  };
}

function firstAnswer({ id, name, project, submittedBy, priority, model, total, warnings }: NewJob): JobView {
  const counts = { total, pending: total, running: 0, succeeded: 0, dead: 0, cancelled: 0, withheld: 0 };
  const times = { createdAt: '', startedAt: null, finishedAt: null, etaSeconds: null, etaRange: null };
  return { id, name, project, submittedBy, state: 'queued', priority, counts, model, ...times, warnings };
}
