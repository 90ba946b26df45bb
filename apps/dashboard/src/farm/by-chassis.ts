/** Nodes as they stand in the rack. Pure. */
import type { NodeView } from '@atelier/contracts/rest';

export const baysPerChassis = 4;

export interface Chassis {
  name: string;
  /** By bay, from 1; null where nobody stands. A bay beyond the fourth widens the chassis. */
  bays: (NodeView | null)[];
}

export interface Rack {
  chassis: Chassis[];
  /** Nodes that say of no chassis, or of a bay in which another stands. */
  others: NodeView[];
}

export function byChassis(nodes: readonly NodeView[]): Rack {
  const chassis = new Map<string, Chassis>();
  const others: NodeView[] = [];
  for (const node of nodes) {
    const at = (node.bay ?? 0) - 1;
    if (node.chassis === null || at < 0 || at >= 64) {
      others.push(node);
      continue;
    }
    const found = chassis.get(node.chassis) ?? {
      name: node.chassis,
      bays: Array<NodeView | null>(baysPerChassis).fill(null),
    };
    chassis.set(node.chassis, found);
    while (found.bays.length <= at) found.bays.push(null);
    if (found.bays[at]) others.push(node);
    else found.bays[at] = node;
  }
  return {
    chassis: [...chassis.values()].sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true })),
    others,
  };
}

/** Nodes that fit what was typed and chosen. */
export function filterNodes(
  nodes: readonly NodeView[],
  { q = '', state }: { q?: string | undefined; state?: NodeView['state'] | undefined },
): readonly NodeView[] {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0 && state === undefined) return nodes;
  return nodes.filter((node) => {
    const text = [
      node.name,
      node.address,
      node.chassis,
      ...node.limits.tags,
      ...node.slots.flatMap(({ device, checkpoint }) => [device, checkpoint]),
    ]
      .join(' ')
      .toLowerCase();
    return (state === undefined || node.state === state) && words.every((word) => text.includes(word));
  });
}

/** Watts of slots that tell them; null when none does. */
export function wattsOf(nodes: readonly NodeView[]): number | null {
  const told = nodes.flatMap(({ slots }) => slots.flatMap(({ powerWatts }) => powerWatts ?? []));
  return told.length === 0 ? null : told.reduce((sum, watts) => sum + watts, 0);
}
