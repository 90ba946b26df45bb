/**
 * Lower bounds on the makespan of an instance (R | class setups | Cmax): no schedule ends sooner.
 *
 *   LB1  the longest single picture: release + load + time, where that is least
 *   LB2  the linear programme: min T, x pictures and y loads per node and checkpoint, both divisible
 *   LB3  the same with whole loads, y in {0, 1}
 *
 * Nodes that are alike are summed up: x and y are then of a group, y a whole number up to its nodes. For LB2 that changes
 * nothing (an average over equal nodes is feasible), for LB3 it can only lower the bound, and it takes the symmetry out
 * of which a solver does not find its way. A load takes what it takes from the fastest tier that its weights could come
 * from; the first one of an empty slot cannot have been read ahead, so it comes from where the weights lie.
 */
import { costOf, nodesOf, type Instance, type InstanceClass } from '../instance.js';
import { solve } from './highs.js';

export interface Bounds {
  lb1: number;
  lb2: number;
  lb3: number;
  /** Whether the solver proved LB3 to its tolerance; else it is the bound that it had proved when its time was over. */
  lb3Proved: boolean;
  seconds: number;
}

interface Group {
  type: string;
  nodes: number;
  availableAt: number;
  /** Seconds that the first load of a node takes more than from RAM, at least. */
  firstLoad: number;
}

interface Use {
  /** Best seconds per picture over the runs that fit. */
  seconds: number;
  load: number;
}

/**
 * @param upperBound the makespan of a known schedule: no better one gives a node more of a checkpoint than fits into it
 * @param limitSeconds after which LB3 is what the solver has proved by then
 */
export async function lowerBounds(instance: Instance, upperBound: number, limitSeconds: number): Promise<Bounds> {
  const begin = performance.now();
  const groups = groupsOf(instance);
  const uses = groups.map(({ group, sample }) => instance.classes.map((of) => useOf(instance, of, group.type, sample)));
  const plain = groups.map(({ group }) => group);
  const lb2 = await solve(programme(instance, plain, uses, { whole: false, upperBound: Infinity }), limitSeconds);
  const lb3 = await solve(programme(instance, plain, uses, { whole: true, upperBound }), limitSeconds);
  return {
    lb1: longestPicture(instance, plain, uses),
    lb2: lb2.bound,
    lb3: Math.max(lb2.bound, lb3.bound),
    lb3Proved: lb3.proved,
    seconds: (performance.now() - begin) / 1000,
  };
}

function groupsOf(instance: Instance) {
  const groups = new Map<string, { group: Group; sample: ReturnType<typeof nodesOf>[number] }>();
  for (const node of nodesOf(instance)) {
    const key = JSON.stringify([node.type, node.availableAt, node.resident, node.ram, node.disk ?? null]);
    const found = groups.get(key);
    if (found) found.group.nodes += 1;
    else {
      const { type, availableAt } = node;
      groups.set(key, { group: { type, nodes: 1, availableAt, firstLoad: firstLoadOf(instance, node) }, sample: node });
    }
  }
  return [...groups.values()];
}

function firstLoadOf({ classes }: Instance, { type, resident, ram, disk }: ReturnType<typeof nodesOf>[number]): number {
  if (resident !== null) return 0;
  let least = Infinity;
  for (const { key, loadSeconds } of classes) {
    const load = loadSeconds[type];
    if (!load) continue;
    const lies = ram.includes(key) ? load.ram : !disk || disk.includes(key) ? load.disk : load.lan;
    least = Math.min(least, Math.max(0, lies - load.ram));
  }
  return least === Infinity ? 0 : least;
}

function useOf(
  { slotTypes }: Instance,
  of: InstanceClass,
  type: string,
  { resident }: ReturnType<typeof nodesOf>[number],
): Use | undefined {
  const cost = costOf(of, type);
  const fitting = cost?.runs.filter(({ vramBytes }) => vramBytes <= slotTypes[type]!.vramGiB * 2 ** 30) ?? [];
  if (!cost || fitting.length === 0) return undefined;
  const { ram, disk, lan } = cost.loadSeconds;
  return {
    seconds: Math.min(...fitting.map(({ seconds, size }) => seconds / size)),
    load: resident === of.key ? 0 : Math.min(ram, disk, lan),
  };
}

function longestPicture({ classes }: Instance, groups: readonly Group[], uses: (Use | undefined)[][]): number {
  const ends = classes.map(({ release }, k) => {
    const each = groups.map(({ availableAt }, g) => {
      const use = uses[g]![k];
      return use ? Math.max(release, availableAt + use.load) + use.seconds : Infinity;
    });
    return Math.min(...each);
  });
  return Math.max(...ends);
}

/** The programme in the LP format of CPLEX. Checkpoints share their loads: y is per key, x per class. */
function programme(
  { classes }: Instance,
  groups: readonly Group[],
  uses: (Use | undefined)[][],
  { whole, upperBound }: { whole: boolean; upperBound: number },
): string {
  const keys = [...new Set(classes.map(({ key }) => key))];
  const keyOf = classes.map(({ key }) => keys.indexOf(key));
  const lines: string[] = [];
  const bounds: string[] = [];
  const integers: string[] = [];
  classes.forEach(({ count }, k) => {
    const terms = groups.flatMap((_, g) => (uses[g]![k] ? [`x${g}_${k}`] : []));
    lines.push(`${terms.join(' + ')} = ${count}`);
  });
  groups.forEach(({ nodes, availableAt, firstLoad }, g) => {
    const loads = new Map<number, number>();
    const terms: string[] = [];
    classes.forEach((_, k) => {
      const use = uses[g]![k];
      if (!use) return;
      terms.push(`${use.seconds} x${g}_${k}`);
      loads.set(keyOf[k]!, Math.min(loads.get(keyOf[k]!) ?? Infinity, use.load));
    });
    for (const [key, load] of loads) {
      if (load > 0) terms.push(`${load} y${g}_${key}`);
      bounds.push(`0 <= y${g}_${key} <= ${nodes}`);
      integers.push(`y${g}_${key}`);
      if (firstLoad > 0) lines.push(`y${g}_${key} - u${g} <= 0`);
    }
    if (firstLoad > 0) {
      terms.push(`${firstLoad} u${g}`);
      bounds.push(`0 <= u${g} <= ${nodes}`);
      integers.push(`u${g}`);
    }
    lines.push(`${terms.join(' + ')} - ${nodes} T <= ${-nodes * availableAt}`);
    classes.forEach(({ count }, k) => {
      const use = uses[g]![k];
      if (!use) return;
      const room = Math.floor((upperBound - availableAt - use.load) / use.seconds + 1e-6);
      lines.push(`x${g}_${k} - ${Math.max(1, Math.min(count, room))} y${g}_${keyOf[k]!} <= 0`);
    });
  });
  return [
    'Minimize',
    ' T',
    'Subject To',
    ...lines.map((line, i) => ` c${i}: ${line}`),
    'Bounds',
    ...bounds.map((line) => ` ${line}`),
    ...(whole ? ['General', ...integers.map((name) => ` ${name}`)] : []),
    'End',
  ].join('\n');
}
