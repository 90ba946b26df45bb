import { costOf, nodesOf, vramBytesOf, type Instance } from '../instance.js';
import type { Scenario, SimulatedJob } from './scenario.js';

/** An instance as it happens: its classes are one job for each time at which some are released. */
export function scenarioOf(instance: Instance, more: Partial<Scenario> = {}): Scenario {
  const slots = nodesOf(instance).map(({ type, availableAt, resident, ram, disk, ramCheckpoints }, i) => ({
    id: `slot-${String(i + 1).padStart(4, '0')}`,
    nodeId: `node-${String(i + 1).padStart(4, '0')}`,
    type,
    vramBytes: vramBytesOf(instance, type),
    availableAt,
    resident: resident ?? undefined,
    inRam: ram,
    onDisk: disk,
    ramCheckpoints,
  }));
  const classes = instance.classes.map((of, id) => ({ of, id, costKey: `${of.key} #${id}` }));
  const releases = [...new Set(instance.classes.map(({ release }) => release))].sort((a, b) => a - b);
  const jobs = releases.map((at): SimulatedJob => ({
    id: `released-${at}`,
    at,
    classes: classes
      .filter(({ of }) => of.release === at)
      .map(({ of: { key, count }, id, costKey }) => ({
        id,
        residencyKey: key,
        costKey,
        batchKey: costKey,
        remaining: count,
        models: [{ name: key, sha256: key }],
        features: [],
        reproducible: false,
      })),
  }));
  const types = Object.keys(instance.slotTypes);
  const costs = classes.flatMap(({ of, costKey }) =>
    types.map((slotType) => {
      // What cannot run on a type is told as too large for it.
      const cost = costOf(of, slotType) ?? {
        loadSeconds: { ram: 1, disk: 1, lan: 1 },
        runs: [{ size: 1, seconds: 1, vramBytes: Number.MAX_SAFE_INTEGER }],
      };
      return { costKey, slotType, cost };
    }),
  );
  return { slots, jobs, costs, ...more };
}
