/** When a job ends, whether in time, and how many come before it: the policy's forecast as REST tells it. */
import type { JobDetail, JobView } from '@atelier/contracts';
import type { JobSummary } from '@atelier/store';
import type { Dispatcher } from '../dispatch/dispatcher.js';
import type { Pace } from '../farm/pace.js';

type Eta = Pick<JobView, 'etaSeconds' | 'etaRange'>;

export class Outlook {
  constructor(
    private readonly dispatcher: Pick<Dispatcher, 'forecast' | 'queuePosition' | 'deadlineOf'>,
    private readonly pace: Pick<Pace, 'etaSeconds'>,
  ) {}

  /** From predictions once something of the job's kind was measured, else from its own pace. */
  etaOf({ id, state, counts }: JobSummary): Eta {
    if (state !== 'running' && state !== 'queued') return { etaSeconds: null, etaRange: null };
    const forecast = this.dispatcher.forecast(id);
    if (forecast) {
      const { seconds, low, high } = forecast;
      return { etaSeconds: seconds, etaRange: { low, high } };
    }
    const etaSeconds = state === 'running' ? this.pace.etaSeconds(id, counts.pending + counts.running) : null;
    return { etaSeconds, etaRange: null };
  }

  queuePosition({ id, state }: JobSummary): number | null {
    return state === 'running' || state === 'queued' ? this.dispatcher.queuePosition(id) : null;
  }

  deadlineOf(job: JobSummary): JobDetail['deadline'] {
    const deadline = this.dispatcher.deadlineOf(job.id);
    if (!deadline) return null;
    const at = deadline.toISOString();
    const left = (deadline.getTime() - Date.now()) / 1000;
    const { etaSeconds } = this.etaOf(job);
    if (left <= 0) return { at, feasible: false, sentence: 'The deadline has passed.' };
    if (etaSeconds === null) return { at, feasible: null, sentence: 'Nothing was measured yet by which to judge it.' };
    const spare = left - etaSeconds;
    const [ends, by] = [`It ends in about ${show(etaSeconds)}`, show(Math.abs(spare))];
    return spare >= 0
      ? { at, feasible: true, sentence: `${ends}, ${by} before its deadline.` }
      : { at, feasible: false, sentence: `${ends}, ${by} after its deadline: it cannot make it on the farm as it is.` };
  }
}

function show(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
