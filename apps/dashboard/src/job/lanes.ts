/** Attempts laid out on the slots that made them. Pure. */
import { attemptStages, type AttemptStage, type TimelineSpan } from '@atelier/contracts/rest';

export interface PlacedSpan extends TimelineSpan {
  /** ms since the epoch. */
  begin: number;
  end: number;
}

export interface Lane {
  id: string;
  nodeId: string;
  slotId: string;
  /** Attempts that overlap (the next is prefetched while one is drawn) lie in rows of their own. */
  rows: PlacedSpan[][];
}

export function lanesOf(spans: readonly TimelineSpan[], now: number): { lanes: Lane[]; from: number; to: number } {
  const lanes = new Map<string, Lane>();
  let [from, to] = [Infinity, -Infinity];
  for (const span of spans) {
    const begin = Date.parse(span.leasedAt);
    const end = Math.max(begin, span.finishedAt ? Date.parse(span.finishedAt) : now);
    [from, to] = [Math.min(from, begin), Math.max(to, end)];
    const id = `${span.nodeId}/${span.slotId}`;
    const lane = lanes.get(id) ?? { id, nodeId: span.nodeId, slotId: span.slotId, rows: [] };
    lanes.set(id, lane);
    const row = lane.rows.find((placed) => (placed.at(-1)?.end ?? 0) <= begin);
    if (row) row.push({ ...span, begin, end });
    else lane.rows.push([{ ...span, begin, end }]);
  }
  return { lanes: [...lanes.values()].sort((a, b) => a.id.localeCompare(b.id)), from, to };
}

/** The stages of an attempt with their share of its time; what no stage accounts for is left out. */
export function partsOf({ stages }: TimelineSpan): { stage: AttemptStage; share: number }[] {
  return attemptStages.filter((stage) => stages[stage] > 0).map((stage) => ({ stage, share: stages[stage] }));
}
