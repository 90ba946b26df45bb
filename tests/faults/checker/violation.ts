/** What the checker can find. Every name stands for a promise of docs/reliability.md. */
export type Rule =
  | 'lost'
  | 'double'
  | 'accept-revoked'
  | 'spool-lost'
  | 'illegal-transition'
  | 'two-live-leases'
  | 'stale-leader-write'
  | 'sequence-gap'
  | 'other-pixels'
  | 'log-differs';

export interface Violation {
  rule: Rule;
  /** What was found, where, in a sentence. */
  sentence: string;
}

/** Groups rows by what `keyOf` gives. */
export function groupBy<T>(rows: readonly T[], keyOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}
