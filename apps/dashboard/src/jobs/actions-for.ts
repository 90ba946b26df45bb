import { finishedJobStates, type JobView } from '@atelier/contracts/rest';

export type JobAction = 'pause' | 'resume' | 'cancel' | 'retry';

/** What can be done with a job in its present state. */
export function actionsFor({ state, counts }: Pick<JobView, 'state' | 'counts'>): JobAction[] {
  const actions: JobAction[] = [];
  if (state === 'queued' || state === 'running') actions.push('pause');
  if (state === 'paused') actions.push('resume');
  if (state !== 'cancelling' && counts.dead + counts.cancelled > 0) actions.push('retry');
  if (state !== 'cancelling' && !finishedJobStates.includes(state)) actions.push('cancel');
  return actions;
}
