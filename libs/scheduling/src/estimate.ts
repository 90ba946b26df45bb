import { fitInto } from './cost.js';
import { fill } from './plan/fill.js';
import { improve } from './plan/improve.js';
import { checkpointOf } from './slots.js';
import type { Cost } from './types.js';

export interface EstimatedWork {
  count: number;
  residencyKey: string;
  /** Each of its tasks runs by itself. */
  reproducible: boolean;
  /** By slot type. */
  costs: ReadonlyMap<string, Cost>;
  /** Nodes that have what it needs, or can fetch it. */
  able: ReadonlySet<string>;
  /** Those that would have to fetch it. @default none */
  fetching?: ReadonlySet<string>;
}

/** Seconds until all of some work is done on idle slots that hold nothing; null when a part of it can run on none. */
export function estimateMakespan(
  slots: readonly { nodeId: string; type: string; vramBytes: number }[],
  work: readonly EstimatedWork[],
): number | null {
  // A kind is a type on one node: nodes differ in what they have.
  const kinds = [...new Set(slots.map(({ nodeId, type }) => `${nodeId}\n${type}`))];
  const ofKind = kinds.map((kind) => slots.find(({ nodeId, type }) => `${nodeId}\n${type}` === kind)!);
  const kind = Int32Array.from(slots, ({ nodeId, type }) => kinds.indexOf(`${nodeId}\n${type}`));
  const keys = [...new Set(work.map(({ residencyKey }) => residencyKey))];
  const checkpoints = [...new Set(keys.map(checkpointOf))];
  const change = new Float64Array(kinds.length * checkpoints.length);
  const setup = new Float64Array(work.length * slots.length);
  const lots = work.map(({ count, residencyKey, reproducible, costs, able, fetching }, u) => {
    const group = checkpoints.indexOf(checkpointOf(residencyKey));
    ofKind.forEach(({ type }, k) => {
      const at = k * checkpoints.length + group;
      change[at] = Math.max(change[at]!, costs.get(type)?.changeSeconds ?? Infinity);
    });
    slots.forEach(({ nodeId, type }, i) => {
      const load = costs.get(type)?.loadSeconds;
      setup[u * slots.length + i] = (fetching?.has(nodeId) ? load?.lan : load?.disk) ?? 0;
    });
    const seconds = Float64Array.from(ofKind, ({ nodeId, type, vramBytes }) => {
      const cost = costs.get(type);
      if (!cost || !able.has(nodeId)) return Infinity;
      return fitInto(cost, { maxGroup: reproducible ? 1 : Infinity, vramBytes }, cost.most).seconds;
    });
    return { count, key: keys.indexOf(residencyKey), group, seconds };
  });
  if (slots.length === 0 || lots.some(({ seconds }) => seconds.every((value) => value === Infinity))) return null;
  const problem = {
    start: new Float64Array(slots.length),
    kind,
    kinds: kinds.length,
    lots,
    setup,
    change,
    groups: checkpoints.length,
  };
  const draft = fill(problem);
  if (draft) improve(draft, 3 * slots.length);
  return draft?.makespan ?? null;
}
