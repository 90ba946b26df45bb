import { connect, type CommonOptions } from '../client/connect.js';
import { duration, plural, wattHours } from '../output/format.js';
import { prepareBatch } from '../submit/batch-file.js';
import type { Define } from './list.js';

export const define: Define = (command) =>
  command.argument('<file>', 'a batch, YAML or JSON').action(async (file: string, options: CommonOptions) => {
    const { client, output } = connect(options);
    const estimate = await client.estimate(await prepareBatch(client, file));
    for (const warning of estimate.warnings) output.note(`warning: ${warning}`);
    output.answer(estimate, () => {
      const time = estimate.seconds === null ? 'time unknown' : `about ${duration(estimate.seconds)}`;
      const energy = estimate.wattHours === null ? '' : `, about ${wattHours(estimate.wattHours)}`;
      return `${plural(estimate.tasks, 'picture')}, ${time}${energy} (${estimate.reason})`;
    });
  });
