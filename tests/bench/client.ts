/** The few REST calls that the benchmarks make. */
import type { JobView } from '@atelier/contracts';

/** Submits `batch`, waits until its job has finished, and gives its id. Throws unless every task succeeded. */
export async function submitAndWait(api: string, batch: object, onAnswer?: () => void): Promise<string> {
  const answer = await fetch(`${api}/api/v1/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(batch),
  });
  if (!answer.ok) throw new Error(`POST /jobs answered ${answer.status}: ${await answer.text()}`);
  let job = (await answer.json()) as JobView;
  onAnswer?.();
  while (!['completed', 'failed', 'cancelled'].includes(job.state)) {
    await new Promise((wait) => setTimeout(wait, 50));
    job = (await (await fetch(`${api}/api/v1/jobs/${job.id}`)).json()) as JobView;
  }
  if (job.state !== 'completed') throw new Error(`job ${job.id} ended ${job.state}: ${JSON.stringify(job.counts)}`);
  return job.id;
}
