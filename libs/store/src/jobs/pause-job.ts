import { AtelierError } from '@atelier/contracts';
import type { Transaction } from '../database/database.js';
import { changeJob } from './change-job.js';
import { lockJob } from './lock-job.js';
import type { JobSummary } from './types.js';

/** queued, running -> paused. What runs goes on; leases are refused. */
export async function pauseJob(transaction: Transaction, id: string): Promise<JobSummary> {
  const job = await lockJob(transaction, id);
  if (job.state === 'paused') return job;
  if (job.state !== 'queued' && job.state !== 'running')
    throw new AtelierError('conflict', `Job ${id} is ${job.state}: only a queued or running job can be paused.`);
  return changeJob(transaction, id, { state: 'paused' });
}

/** paused -> running, or queued if nothing of it has started yet. */
export async function resumeJob(transaction: Transaction, id: string): Promise<JobSummary> {
  const job = await lockJob(transaction, id);
  if (job.state === 'queued' || job.state === 'running') return job;
  if (job.state !== 'paused')
    throw new AtelierError('conflict', `Job ${id} is ${job.state}: only a paused job can be resumed.`);
  return changeJob(transaction, id, { state: job.startedAt ? 'running' : 'queued' });
}
