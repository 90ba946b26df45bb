import { connect, type CommonOptions } from '../client/connect.js';
import { follow } from '../follow.js';
import { jobText } from '../output/job.js';
import type { Define } from './list.js';

export const define: Define = (command) =>
  command
    .argument('<id>', 'id of a job')
    .option('--watch', 'look on until the job has finished; Ctrl-C detaches (exit 1 unless it completes)')
    .action(async (id: string, options: CommonOptions & { watch?: boolean }) => {
      const { client, output } = connect(options);
      if (options.watch) return follow(client, id, output);
      const job = await client.job(id);
      output.answer(job, () => jobText(job));
    });
