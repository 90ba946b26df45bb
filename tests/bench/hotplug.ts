/**
 * Nodes that come and go under load. Join and pull-out are timed with real agents and the real engine; whether throughput
 * follows the number of nodes is seen with simulated ones, as more real engines than cores would only share the cores.
 */
import { hotplugReal } from './hotplug/real-nodes.js';
import { hotplugSimulated } from './hotplug/simulated-nodes.js';
import { goal, quantile, type Benchmark } from './harness.js';

const leaseSeconds = 15;

export const hotplug: Benchmark = {
  name: 'hotplug',
  about: 'join to first task, pull-out to re-lease, throughput by number of nodes, under load [--seconds N]',
  async run({ seconds }) {
    const real = await hotplugReal(Number(seconds ?? 120));
    const simulated = await hotplugSimulated();
    const row = (what: string, values: number[], unit: string) => ({
      what,
      times: values.length,
      median: values.length ? quantile(values, 0.5) : null,
      max: values.length ? Math.max(...values) : null,
      unit,
    });
    const worst = (values: number[]) => (values.length ? Math.max(...values) : null);
    const none = 'no node went through it in the given time';
    return {
      rows: [
        row('first join of a node: process start to first task', real.joins, 's'),
        row('return of a known node: process start to first task', real.returns, 's'),
        row('pull-out (kill -9, nobody starts it again) to re-lease', real.releases, 's'),
        { what: 'tasks done meanwhile, each once', times: real.tasks, median: null, max: null, unit: '' },
        ...simulated.map(({ nodes, perSecond }) =>
          row(`tasks per second, ${nodes} simulated nodes`, [perSecond], '1/s'),
        ),
      ],
      goals: [
        goal({
          name: 'join to first task, acceptance test included',
          value: worst(real.joins),
          unit: 's',
          op: '<=',
          goal: 5,
          ...(real.joins.length ? {} : { reason: none }),
        }),
        goal({
          name: 'pull-out to re-lease',
          value: worst(real.releases),
          unit: 's',
          op: '<=',
          goal: leaseSeconds + 2,
          ...(real.releases.length ? {} : { reason: none }),
        }),
        goal({
          name: 'throughput of 8 simulated nodes against 8 x that of one',
          value: simulated.at(-1)!.perSecond / (simulated[0]!.perSecond * simulated.at(-1)!.nodes),
          unit: 'x',
          op: '>=',
          goal: 0.9,
        }),
      ],
    };
  },
};
