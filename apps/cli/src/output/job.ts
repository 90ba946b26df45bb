/** How one job reads: when it is shown, while it is watched, and at its end. */
import type { JobDetail, JobView } from '@atelier/contracts/rest';
import { ago, duration, plural } from './format.js';

/** A job in full, a fact a line. */
export function jobText(job: JobDetail): string {
  const { counts } = job;
  const others = (['running', 'pending', 'dead', 'cancelled', 'withheld'] as const)
    .filter((state) => counts[state] > 0)
    .map((state) => `${counts[state]} ${state}`);
  return [
    `${job.name} (${job.id})`,
    `state      ${job.state}${job.waitingFor ? `: ${job.waitingFor}` : ''}${job.waitingRule ? ` (${job.waitingRule})` : ''}`,
    `pictures   ${counts.succeeded} of ${counts.total}${others.length > 0 ? ` (${others.join(', ')})` : ''}`,
    `model      ${job.model}`,
    `submitted  ${ago(job.createdAt)}${job.submittedBy ? ` by ${job.submittedBy}` : ''}`,
    ...(job.etaSeconds === null ? [] : [`left       ${duration(job.etaSeconds)}${rangeText(job)}`]),
    ...(job.queuePosition ? [`queue      ${plural(job.queuePosition, 'job')} before it`] : []),
    ...(job.deadline === null ? [] : [`deadline   ${job.deadline.sentence}`]),
    ...(secondsOf(job) === null ? [] : [`took       ${duration(secondsOf(job)!)}`]),
    ...job.warnings.map((warning) => `warning    ${warning}`),
  ].join('\n');
}

/** Between which the rest lies most likely. */
const rangeText = ({ etaRange }: JobView) =>
  etaRange === null ? '' : ` (${duration(etaRange.low)} to ${duration(etaRange.high)})`;

/** The last line about a watched job. */
export function endText(job: JobView): string {
  const { counts, name, id, state } = job;
  const seconds = secondsOf(job);
  const took = seconds === null ? '' : ` in ${duration(seconds)}`;
  const dead = counts.dead > 0 ? `, ${plural(counts.dead, 'task')} dead` : '';
  const withheld = counts.withheld > 0 ? `, ${counts.withheld} withheld` : '';
  return `${name} (${id}) ${state}: ${counts.succeeded.toLocaleString('en')} of ${plural(counts.total, 'picture')}${took}${dead}${withheld}`;
}

/** From the first start to the end; null before. */
function secondsOf({ startedAt, finishedAt }: JobView): number | null {
  return startedAt && finishedAt ? (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000 : null;
}
