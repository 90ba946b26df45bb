/** One action for many jobs, each in a transaction of its own: what one refuses does not hold up the others. */
import {
  finishedJobStates,
  retriedStates,
  type BulkChanged,
  type BulkRequest,
  type BulkView,
  type JobSelection,
} from '@atelier/contracts';
import type { Jobs, JobSummary } from '@atelier/store';
import type { JobActions } from './actions.js';

/** A cancelled job is taken up again only when every agent has let go of it; a silent one does after its lease. */
const letGoWithinMs = 20_000;

export class BulkJobs {
  constructor(
    private readonly jobs: Pick<Jobs, 'get' | 'list'>,
    private readonly actions: JobActions,
  ) {}

  async run(request: BulkRequest): Promise<BulkView> {
    const { jobs: selection, dryRun = false } = request;
    const selected = await this.select(selection);
    const concerned = selected.filter((job) => means(request, job));
    const changed: BulkChanged[] = [];
    const refused: BulkView['refused'] = [];
    for (const job of concerned) {
      try {
        if (!dryRun) await this.act(request, job);
        changed.push(before(job));
      } catch (error) {
        refused.push({ id: job.id, name: job.name, reason: (error as Error).message });
      }
    }
    return { selected: selected.length, changed, passedOver: selected.length - concerned.length, refused };
  }

  private async act({ action, priority = 0, tasks }: BulkRequest, job: JobSummary): Promise<unknown> {
    if (action === 'priority') return this.actions.setPriority(job.id, priority);
    if (action !== 'retry') return this.actions[action](job.id);
    await this.letGo(job);
    return this.actions.retry(job.id, tasks);
  }

  private async letGo({ id, state }: JobSummary): Promise<void> {
    const deadline = Date.now() + letGoWithinMs;
    while (state === 'cancelling' && Date.now() < deadline) {
      await new Promise((wait) => setTimeout(wait, 50));
      state = (await this.jobs.get(id))?.state ?? 'cancelled';
    }
  }

  private async select(selection: JobSelection): Promise<JobSummary[]> {
    if ('ids' in selection) {
      const found = await Promise.all([...new Set(selection.ids)].map((id) => this.jobs.get(id)));
      return found.filter((job) => job !== null);
    }
    const { state, project, text } = selection.query;
    const filter = {
      ...(state && state.length > 0 && { states: state }),
      ...(project !== undefined && { project }),
      ...(text && { text }),
    };
    const jobs: JobSummary[] = [];
    for (let token: string | null = ''; token !== null;) {
      const page = await this.jobs.list(filter, { size: 1000, ...(token && { token }) });
      jobs.push(...page.items);
      token = page.nextPageToken;
    }
    return jobs;
  }
}

/** Whether the action would change a job as it is. */
function means({ action, tasks }: BulkRequest, { state, counts }: JobSummary): boolean {
  switch (action) {
    case 'pause':
      return state === 'queued' || state === 'running';
    case 'resume':
      return state === 'paused';
    case 'retry':
      return (tasks ?? retriedStates).some((task) => counts[task] > 0);
    case 'cancel':
    case 'priority':
      return state !== 'cancelling' && !finishedJobStates.includes(state);
  }
}

const before = ({ id, name, state, priority, counts }: JobSummary): BulkChanged => ({
  id,
  name,
  state,
  priority,
  unfinishedTasks: counts.pending + counts.running,
});
