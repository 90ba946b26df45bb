/** What was measured of tasks of one cost key on slots of one type: the last values of each kind. */

/** Values that are kept of each kind: enough to be sure, few enough to follow a driver that got faster. */
const kept = 24;

/** Seconds and bytes, newest last. As JSON it is what the database keeps. */
export interface History {
  /** Seconds of whole runs (encode, steps and decode), by the tasks in them. */
  runs: Record<string, number[]>;
  /** Of what of a task its steps are not: encode and decode. */
  ends: number[];
  /** Of loads from disk. */
  loads: number[];
  /** Of loads from the node's RAM. */
  ramLoads: number[];
  /** Of loads in the place of something else with the same checkpoint. */
  changes: number[];
  /** Of uploads. */
  uploads: number[];
  /** Seconds for each byte of what was fetched over the network. */
  fetches: number[];
  /** Bytes that runs took of the slot's memory at their peak, by the tasks in them. */
  memory: Record<string, number[]>;
  /** Most tasks that fit together, where more were seen not to. */
  most?: number;
  /** When that was seen last, milliseconds since 1970. */
  mostAt?: number;
}

export const newHistory = (): History => ({
  ...{ runs: {}, ends: [], loads: [], ramLoads: [], changes: [], uploads: [], fetches: [], memory: {} },
});

export function push(values: number[], value: number): void {
  values.push(value);
  if (values.length > kept) values.shift();
}

/** Reads what the database kept, also before all of it was kept; undefined when it is something else. */
export function readHistory(value: unknown): History | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { runs, loads, uploads, ...more } = value as Partial<Record<string, unknown>>;
  const { ends = [], ramLoads = [], changes = [], fetches = [], memory = {} } = more;
  if (!isBySize(runs) || !isBySize(memory)) return undefined;
  if (!isList(loads) || !isList(uploads) || !isList(ramLoads) || !isList(changes) || !isList(fetches) || !isList(ends))
    return undefined;
  const { most, mostAt } = value as { most?: unknown; mostAt?: unknown };
  return {
    ...{ runs, ends, loads, ramLoads, changes, uploads, fetches, memory },
    ...(typeof most === 'number' && { most }),
    ...(typeof mostAt === 'number' && { mostAt }),
  };
}

const isList = (list: unknown): list is number[] => Array.isArray(list) && list.every((v) => typeof v === 'number');

const isBySize = (value: unknown): value is Record<string, number[]> =>
  typeof value === 'object' && value !== null && Object.values(value).every(isList);
