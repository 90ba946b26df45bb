/** Tasks per second while simulated nodes, each of which takes 100 ms for a picture, are plugged in one after the other. */
import { wait } from '../../faults/faults/fault.js';
import { batchOf } from '../../faults/batch.js';
import { startNoopFarm } from '../dispatch/noop-farm.js';

const counts = [1, 2, 4, 8];
const taskMs = 100;
const measureMs = 5000;

export async function hotplugSimulated(): Promise<{ nodes: number; perSecond: number }[]> {
  const farm = await startNoopFarm({ nodes: 0, processes: 0 });
  try {
    await fetch(`${farm.api}/api/v1/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(batchOf('load', 1, 1_000_000)),
    });
    const succeeded = async () => {
      const { rows } = await farm.database.query<{ count: number }>('SELECT succeeded AS count FROM jobs');
      return rows[0]!.count;
    };
    const rates: { nodes: number; perSecond: number }[] = [];
    for (const nodes of counts) {
      await farm.plugIn(nodes - (rates.at(-1)?.nodes ?? 0), 1, taskMs);
      await wait(1000);
      const [before, began] = [await succeeded(), performance.now()];
      await wait(measureMs);
      rates.push({ nodes, perSecond: ((await succeeded()) - before) / ((performance.now() - began) / 1000) });
    }
    return rates;
  } finally {
    await farm.stop();
  }
}
