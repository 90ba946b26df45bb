import { resolve } from 'node:path';
import { connect, type CommonOptions } from '../client/connect.js';
import { follow } from '../follow.js';
import { plural } from '../output/format.js';
import { prepareBatch } from '../submit/batch-file.js';
import type { Define } from './list.js';

interface Options extends CommonOptions {
  watch?: boolean;
  output?: string;
  name?: string;
}

export const define: Define = (command) =>
  command
    .argument('<file>', 'a batch, YAML or JSON (docs/batch-format.md)')
    .option('--watch', 'look on until the job has finished; Ctrl-C detaches (exit 1 unless it completes)')
    .option('--output <dir>', 'look on, and bring the pictures and manifest.json into this folder as they come')
    .option('--name <name>', 'name of the job, instead of the batch’s own')
    .action(async (file: string, options: Options) => {
      const { client, output } = connect(options);
      const job = await client.submit(await prepareBatch(client, file, options.name));
      for (const warning of job.warnings) output.note(`warning: ${warning}`);
      if (!options.watch && options.output === undefined) {
        output.answer(job, () => job.id);
        output.note(`${job.name}: ${plural(job.counts.total, 'picture')} queued`);
        return;
      }
      output.note(`Job ${job.id}: ${plural(job.counts.total, 'picture')} to make`);
      await follow(client, job.id, output, options.output === undefined ? undefined : resolve(options.output));
    });
