/**
 * The best schedule that a search with all the time of the world finds: plans poured in many orders, each made better by
 * single moves. It knows everything beforehand and takes pictures at the best rate of their runs, so what a farm really
 * does cannot be expected to be as good.
 */
import { Draft, fill, improve, type Problem } from '@atelier/scheduling';
import { Random } from '../farm/random.js';
import { costOf, nodesOf, vramBytesOf, type Instance } from '../instance.js';

/** The least makespan found within a time. */
export function bestOffline(instance: Instance, limitSeconds: number): number {
  const problem = problemOf(instance);
  const random = new Random(7);
  const end = performance.now() + limitSeconds * 1000;
  let best: Draft | undefined;
  for (let trial = 0; trial === 0 || performance.now() < end; trial++) {
    const width = (trial % 8) / 8;
    const draft = fill(problem, () => Math.exp(width * random.normal()));
    if (!draft) throw new Error(`${instance.name} fits on no farm.`);
    improve(draft, 20 * draft.slots);
    if (!best || draft.makespan < best.makespan) best = draft;
  }
  return best!.makespan;
}

function problemOf(instance: Instance): Problem {
  const nodes = nodesOf(instance);
  const types = Object.keys(instance.slotTypes);
  const keys = [...new Set(instance.classes.map(({ key }) => key))];
  const setup = new Float64Array(instance.classes.length * nodes.length);
  const first = new Float64Array(nodes.length).fill(Infinity);
  const lots = instance.classes.map((of, u) => {
    const costs = types.map((type) => costOf(of, type));
    nodes.forEach(({ type, resident, ram, disk }, i) => {
      const load = costs[types.indexOf(type)]?.loadSeconds;
      if (!load) return;
      const lies = ram.includes(of.key) ? load.ram : !disk || disk.includes(of.key) ? load.disk : load.lan;
      const ahead = Math.min(load.ram, lies);
      setup[u * nodes.length + i] = resident === of.key ? 0 : ahead;
      first[i] = Math.min(first[i]!, resident === null ? lies - ahead : 0);
    });
    const seconds = Float64Array.from(types, (type, k) => {
      const runs = costs[k]?.runs.filter(({ vramBytes }) => vramBytes <= vramBytesOf(instance, type)) ?? [];
      return Math.min(...runs.map((run) => run.seconds / run.size));
    });
    const key = keys.indexOf(of.key);
    return { count: of.count, key, group: key, seconds };
  });
  return {
    start: Float64Array.from(nodes, ({ availableAt }, i) => availableAt + (first[i] === Infinity ? 0 : first[i]!)),
    kind: Int32Array.from(nodes, ({ type }) => types.indexOf(type)),
    kinds: types.length,
    lots,
    setup,
    change: new Float64Array(types.length * keys.length).fill(Infinity),
    groups: keys.length,
  };
}
