import { resolve } from 'node:path';
import { connect, type CommonOptions } from '../client/connect.js';
import { follow } from '../follow.js';
import { download } from '../download/download.js';
import { plural } from '../output/format.js';
import type { Define } from './list.js';

interface Options extends CommonOptions {
  output: string;
  watch?: boolean;
}

export const define: Define = (command) =>
  command
    .argument('<id>', 'id of a job')
    .requiredOption('--output <dir>', 'folder for the pictures and manifest.json')
    .option('--watch', 'go on until the job has finished (exit 1 unless it completes)')
    .addHelpText('after', '\nWhat lies there intact is not fetched again: an interrupted download goes on.')
    .action(async (id: string, options: Options) => {
      const { client, output } = connect(options);
      const folder = resolve(options.output);
      const job = await client.job(id);
      if (options.watch) return follow(client, id, output, folder);
      const entries = await download(client, job.id, client.results(job.id), folder);
      output.answer(entries, () => `${plural(entries.length, 'picture')} in ${folder}`);
    });
