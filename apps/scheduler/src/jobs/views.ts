/** Jobs and results as REST and events tell them. */
import { AtelierError, finishedJobStates, type JobDetail, type JobView, type ResultView } from '@atelier/contracts';
import type { Job, Jobs, JobSummary, Result } from '@atelier/store';
import type { Dispatcher } from '../dispatch/dispatcher.js';
import type { EnergyMeter } from '../farm/energy-meter.js';
import type { Outlook } from '../predictions/outlook.js';

export class JobViews {
  /** Jobs that cannot be taken up, with the reason in a sentence. */
  readonly broken = new Map<string, string>();

  constructor(
    private readonly jobs: Pick<Jobs, 'get'>,
    private readonly dispatcher: Pick<Dispatcher, 'waitingFor' | 'waitingRule'>,
    readonly outlook: Outlook,
    private readonly energy: Pick<EnergyMeter, 'ofJob'>,
  ) {}

  of(job: JobSummary): JobView {
    const { id, name, project, submittedBy, state, priority, counts, model, warnings } = job;
    return {
      id,
      name,
      project,
      submittedBy,
      state,
      priority,
      counts,
      model,
      createdAt: job.createdAt.toISOString(),
      startedAt: job.startedAt?.toISOString() ?? null,
      finishedAt: job.finishedAt?.toISOString() ?? null,
      ...this.outlook.etaOf(job),
      warnings,
    };
  }

  /** Throws `not_found`. */
  async detail(id: string): Promise<JobDetail> {
    const job = await this.job(id);
    const waitingFor = this.waitingFor(job);
    return {
      ...this.of(job),
      batch: job.batchText,
      seedBase: job.seedBase,
      waitingFor,
      waitingRule: waitingFor === null ? null : this.dispatcher.waitingRule(id),
      queuePosition: this.outlook.queuePosition(job),
      deadline: this.outlook.deadlineOf(job),
      wattHours: await this.energy.ofJob(id),
    };
  }

  /** The job as the database has it. Throws `not_found`. */
  async job(id: string): Promise<Job> {
    const job = await this.jobs.get(id);
    if (!job) throw new AtelierError('not_found', `There is no job ${id}.`);
    return job;
  }

  /** Why a job is not further, in a sentence; null when nothing of it waits. */
  private waitingFor({ id, state, counts }: JobSummary): string | null {
    if (finishedJobStates.includes(state)) return null;
    if (state === 'cancelling') return 'Agents are letting go of what they had begun.';
    if (state === 'paused') return 'The job is paused.';
    return this.broken.get(id) ?? (counts.pending > 0 ? this.dispatcher.waitingFor(id) : null);
  }
}

export function resultView({ taskIndex, createdAt, ...result }: Result): ResultView {
  return { ...result, index: taskIndex, createdAt: createdAt.toISOString() };
}
