/** What is read off an outcome. */
import type { Outcome } from './farm/simulate.js';
import type { Scenario } from './farm/scenario.js';

/** Jain's fairness index: 1 when all have the same, 1/n when one has everything (R. Jain et al., DEC-TR-301, 1984). */
export function jain(values: readonly number[]): number {
  const sum = values.reduce((a, b) => a + b, 0);
  const squares = values.reduce((a, b) => a + b * b, 0);
  return squares === 0 ? 1 : (sum * sum) / (values.length * squares);
}

/** Seconds of slots by user, between two times. */
export function usedByUser({ spans }: Outcome, { jobs }: Scenario, from: number, to: number): Map<string, number> {
  const userOf = new Map(jobs.map(({ id, user = 'default' }) => [id, user]));
  const used = new Map<string, number>();
  for (const span of spans) {
    const seconds = Math.min(to, span.to) - Math.max(from, span.from);
    if (seconds <= 0) continue;
    const user = userOf.get(span.jobId)!;
    used.set(user, (used.get(user) ?? 0) + seconds);
  }
  return used;
}
