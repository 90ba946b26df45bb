import type { JobView } from '@atelier/contracts/rest';
import type { FarmVerb, JobVerb } from '../client/client.js';
import { connect, type CommonOptions } from '../client/connect.js';
import type { Define } from './list.js';

/** A command that changes a job and says in one line what it is now; with `farm` also of the whole farm. */
export function jobVerb(verb: JobVerb, text: (job: JobView) => string, { farm }: { farm?: FarmVerb } = {}): Define {
  return (command) =>
    command
      .argument('<id>', farm ? 'id of a job, or the word farm' : 'id of a job')
      .action(async (id: string, options: CommonOptions) => {
        const { client, output } = connect(options);
        if (farm && id === 'farm') {
          const view = await client.changeFarm(farm);
          return output.answer(view, () => `The farm is ${view.status}: ${view.reason}`);
        }
        const job = await client.changeJob(id, verb);
        output.answer(job, () => `${job.name} (${job.id}) is ${job.state}: ${text(job)}`);
      });
}
