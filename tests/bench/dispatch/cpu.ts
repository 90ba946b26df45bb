/** Who takes how much of the processors while something is measured. */
import { childrenOf } from '../../support/processes.js';
import { processorSeconds } from '../engine/process-watch.js';

/** Groups of processes, each with its children. */
export type Groups<Name extends string> = Readonly<Record<Name, readonly number[]>>;

/** Begins to count; the answer gives the processor milliseconds that each group has taken since, for each of `tasks`. */
export function countProcessors<Name extends string>(groups: Groups<Name>): (tasks: number) => Record<Name, number> {
  const taken = () => mapValues(groups, (pids) => pids.flatMap((pid) => [pid, ...childrenOf(pid)]).reduce(add, 0));
  const before = taken();
  return (tasks) => {
    const after = taken();
    return mapValues(groups, (_, name) => ((after[name] - before[name]) * 1000) / tasks);
  };
}

const add = (sum: number, pid: number) => sum + (processorSeconds(pid) || 0);

const mapValues = <Name extends string, From, To>(
  record: Readonly<Record<Name, From>>,
  change: (value: From, name: Name) => To,
) =>
  Object.fromEntries(
    Object.entries(record).map(([name, value]) => [name, change(value as From, name as Name)]),
  ) as Record<Name, To>;
