import type { ChassisView } from '@atelier/contracts/rest';
import { connect, type CommonOptions } from '../client/connect.js';
import { UsageError } from '../errors.js';
import { wholeNumber } from '../options.js';
import { table } from '../output/table.js';
import type { Define } from './list.js';

interface Options extends CommonOptions {
  wattBudget?: string;
}

export const define: Define = (command) =>
  command
    .argument('[name]', 'name of a chassis; all without it')
    .option('--watt-budget <watts>', 'most that its working nodes may draw together; none lifts it')
    .action(async (name: string | undefined, options: Options) => {
      const { client, output } = connect(options);
      const { wattBudget } = options;
      if (wattBudget === undefined) {
        const chassis = name === undefined ? await client.chassis() : [await client.oneChassis(name)];
        const answer = name === undefined ? chassis : chassis[0];
        return output.answer(answer, () => (chassis.length === 0 ? 'No node stands in a chassis.' : tableOf(chassis)));
      }
      if (name === undefined) throw new UsageError('--watt-budget is of one chassis: name it');
      const watts = wattBudget === 'none' ? null : wholeNumber('--watt-budget', wattBudget, 1);
      const changed = await client.setWattBudget(name, watts);
      output.answer(changed, () => tableOf([changed]));
    });

const tableOf = (chassis: ChassisView[]) =>
  table<ChassisView>(
    [
      { title: 'CHASSIS', value: ({ id }) => id },
      { title: 'NODES', value: ({ nodes }) => nodes.map(({ name }) => name).join(', ') },
      { title: 'PEAK W', align: 'right', value: ({ nodes }) => nodes.reduce((sum, { watts }) => sum + watts, 0) },
      { title: 'BUDGET W', align: 'right', value: ({ wattBudget }) => wattBudget },
    ],
    chassis,
  );
