/** What was measured of tasks of one cost key on slots of one type: the last values of each kind. */

/** Values that are kept of each kind: enough to be sure, few enough to follow a driver that got faster. */
const kept = 24;

/** Seconds, newest last. As JSON it is what the database keeps. */
export interface History {
  /** Of whole runs (encode, steps and decode), by the tasks in them. */
  runs: Record<string, number[]>;
  /** Of loads. */
  loads: number[];
  /** Of uploads. */
  uploads: number[];
  /** Most tasks that fit together, where more were seen not to. */
  most?: number;
}

export const newHistory = (): History => ({ runs: {}, loads: [], uploads: [] });

export function push(values: number[], value: number): void {
  values.push(value);
  if (values.length > kept) values.shift();
}

/** Reads what the database kept; undefined when it is something else. */
export function readHistory(value: unknown): History | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { runs, loads, uploads } = value as Partial<Record<keyof History, unknown>>;
  const isList = (list: unknown): list is number[] => Array.isArray(list) && list.every((v) => typeof v === 'number');
  if (typeof runs !== 'object' || runs === null || !Object.values(runs).every(isList)) return undefined;
  if (!isList(loads) || !isList(uploads)) return undefined;
  const { most } = value as { most?: unknown };
  return { runs: runs as Record<string, number[]>, loads, uploads, ...(typeof most === 'number' && { most }) };
}
