import { jobStates, type JobView } from '@atelier/contracts/rest';
import { Option } from 'commander';
import { connect, type CommonOptions } from '../client/connect.js';
import { wholeNumber } from '../options.js';
import { ago, duration } from '../output/format.js';
import { table } from '../output/table.js';
import type { Define } from './list.js';

interface Options extends CommonOptions {
  state?: string;
  limit: string;
}

export const define: Define = (command) =>
  command
    .addOption(new Option('--state <state>', 'only jobs in this state').choices(jobStates))
    .option('--limit <n>', 'at most this many', '50')
    .action(async (options: Options) => {
      const limit = wholeNumber('--limit', options.limit, 1);
      const { client, output } = connect(options);
      const jobs: JobView[] = [];
      for await (const job of client.jobs({ state: options.state })) if (jobs.push(job) >= limit) break;
      output.answer(jobs, () =>
        jobs.length === 0
          ? 'No jobs.'
          : table<JobView>(
              [
                { title: 'ID', value: ({ id }) => id },
                { title: 'NAME', value: ({ name }) => name },
                { title: 'STATE', value: ({ state }) => state },
                { title: 'DONE', align: 'right', value: ({ counts }) => `${counts.succeeded}/${counts.total}` },
                { title: 'DEAD', align: 'right', value: ({ counts }) => counts.dead || null },
                {
                  title: 'LEFT',
                  align: 'right',
                  value: ({ etaSeconds }) => (etaSeconds === null ? null : duration(etaSeconds)),
                },
                { title: 'SUBMITTED', value: ({ createdAt }) => ago(createdAt) },
              ],
              jobs,
            ),
      );
    });
