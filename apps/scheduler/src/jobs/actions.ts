/** What people do with a job that is in the queue. */
import type { JobView, RetriedState } from '@atelier/contracts';
import type { Jobs } from '@atelier/store';
import type { Dispatcher } from '../dispatch/dispatcher.js';
import { tellEnded } from './dependencies.js';
import type { JobLibrary } from './library.js';
import { toQueuedJob } from './rebuild.js';
import type { JobViews } from './views.js';

export class JobActions {
  constructor(
    private readonly jobs: Jobs,
    private readonly library: JobLibrary,
    private readonly dispatcher: Dispatcher,
    private readonly views: JobViews,
  ) {}

  async pause(id: string): Promise<JobView> {
    return this.views.of(await this.holding(id, () => this.jobs.pause(id)));
  }

  async resume(id: string): Promise<JobView> {
    const job = await this.jobs.resume(id);
    this.dispatcher.resumeJob(id);
    return this.views.of(job);
  }

  /** Finished pictures stay; what is unfinished is revoked and discarded. */
  async cancel(id: string): Promise<JobView> {
    const { job } = await this.holding(id, () => this.jobs.cancel(id));
    this.dispatcher.cancelJob(id);
    return this.views.of(job);
  }

  /**
   * Queues dead and cancelled tasks again, or only those in the states of `tasks`, as if they had never been tried. A
   * second call changes nothing.
   */
  async retry(id: string, tasks?: readonly RetriedState[]): Promise<JobView> {
    const { job, requeued } = await this.jobs.retry(id, tasks);
    const unfinished = requeued > 0 ? await this.jobs.unfinishedJob(id) : null;
    if (unfinished) {
      const returned = unfinished.returned.map((task) => ({ ...task, failures: 0, failedNodes: [] }));
      const queued = await toQueuedJob({ ...unfinished, returned }, this.library);
      this.dispatcher.addJob(queued);
      await tellEnded(this.jobs, this.dispatcher, queued.dependsOn);
    }
    return this.views.of(job);
  }

  async setPriority(id: string, priority: number): Promise<JobView> {
    const job = await this.jobs.setPriority(id, priority);
    this.dispatcher.setPriority(id, priority);
    return this.views.of(job);
  }

  /** Gives out nothing of the job while the database changes it, and goes on if it refuses. */
  private async holding<T>(id: string, change: () => Promise<T>): Promise<T> {
    this.dispatcher.pauseJob(id);
    try {
      return await change();
    } catch (error) {
      const job = await this.jobs.get(id).catch(() => null);
      if (job?.state === 'queued' || job?.state === 'running') this.dispatcher.resumeJob(id);
      throw error;
    }
  }
}
