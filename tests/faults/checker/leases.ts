/** Who may work at a task: one attempt at a time, and a late copy beside it, leased by the scheduler that leads. */
import type { AuditRow } from '../audit.js';
import { groupBy, type Violation } from './violation.js';

const live = ['leased', 'running'];

/** Tasks on which two attempts had the right to work at one time, the second being no copy. A lapsed one has it no more. */
export function twoLiveLeases(audit: readonly AuditRow[]): Violation[] {
  const violations: Violation[] = [];
  const attempts = audit.filter(({ subject }) => subject === 'attempt');
  for (const [task, rows] of groupBy(attempts, ({ jobId, taskIndex }) => `${jobId}/${taskIndex}`)) {
    const working = new Set<string>();
    for (const { attemptId, after, copy } of rows) {
      const before = working.size;
      if (live.includes(after ?? '')) working.add(attemptId!);
      else working.delete(attemptId!);
      if (working.size < 2 || working.size === before || (copy && working.size === 2)) continue;
      violations.push({
        rule: 'two-live-leases',
        sentence: `Task ${task} was leased to ${[...working].join(' and ')} at one time.`,
      });
      break;
    }
  }
  return violations;
}

/** Leases that a scheduler wrote after another had taken the lead. */
export function staleLeaderWrites(audit: readonly AuditRow[]): Violation[] {
  return audit
    .filter(({ subject, before, term, leader }) => subject === 'attempt' && before === null && term !== leader)
    .map(({ attemptId, term, leader }) => ({
      rule: 'stale-leader-write',
      sentence: `Attempt ${attemptId} was leased in term ${term} while ${leader} led.`,
    }));
}
