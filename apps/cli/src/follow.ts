import type { JobView, ResultView } from '@atelier/contracts/rest';
import { download } from './download/download.js';
import { Failure } from './errors.js';
import { endText } from './output/job.js';
import type { Output } from './output/output.js';
import { createProgress, type Progress } from './output/progress.js';
import type { Client } from './client/client.js';
import { watchJob } from './client/watch.js';

/**
 * Looks on until the job has finished: progress on stderr, with `--json` every event as a line on stdout. With
 * `folder` its pictures are downloaded as they come. Ctrl-C detaches. Sets exit code 1 unless the job completes.
 */
export async function follow(client: Client, jobId: string, output: Output, folder?: string): Promise<void> {
  const detach = new AbortController();
  const onInterrupt = () => detach.abort();
  process.once('SIGINT', onInterrupt);
  let job: JobView | undefined;
  let progress: Progress | undefined;

  async function* results(): AsyncGenerator<ResultView> {
    for await (const event of watchJob(client, jobId, detach.signal)) {
      if (!(event.type === 'progress')) output.line(event);
      if (event.type === 'job.changed') {
        job = event.job;
        progress ??= output.json ? undefined : createProgress('pictures', job.counts.total);
        progress?.update(job.counts.succeeded, job.etaSeconds);
      } else if (event.type === 'task.succeeded') {
        yield event.result;
      } else if (event.type === 'task.dead') {
        progress?.stop();
        progress = undefined;
        output.note(`task ${event.index} is dead: ${event.message}`);
      }
    }
    if (folder !== undefined && !detach.signal.aborted) yield* client.results(jobId);
  }

  try {
    if (folder === undefined) for await (const result of results()) void result;
    else await download(client, jobId, results(), folder);
  } finally {
    progress?.stop();
    process.removeListener('SIGINT', onInterrupt);
  }
  if (detach.signal.aborted) {
    output.note(`Detached; the job goes on. "atelier job ${jobId} --watch" looks on again.`);
    process.exitCode = 1;
    return;
  }
  if (!job) throw new Failure(`job ${jobId} could not be watched`);
  if (!output.json) output.answer(job, () => endText(job!));
  if (job.state !== 'completed') process.exitCode = 1;
}
