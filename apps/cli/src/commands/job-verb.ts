import type { JobView } from '@atelier/contracts/rest';
import type { JobVerb } from '../client/client.js';
import { connect, type CommonOptions } from '../client/connect.js';
import type { Define } from './list.js';

/** A command that changes a job and says in one line what it is now. */
export function jobVerb(verb: JobVerb, text: (job: JobView) => string): Define {
  return (command) =>
    command.argument('<id>', 'id of a job').action(async (id: string, options: CommonOptions) => {
      const { client, output } = connect(options);
      const job = await client.changeJob(id, verb);
      output.answer(job, () => `${job.name} (${job.id}) is ${job.state}: ${text(job)}`);
    });
}
