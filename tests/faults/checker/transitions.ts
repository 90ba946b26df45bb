/** Every change of state that may happen. Written down a second time on purpose: the product's own table is on trial. */
import type { AuditRow, AuditSubject } from '../audit.js';
import type { Violation } from './violation.js';

type Table = Readonly<Record<string, readonly string[]>>;

const legal: Readonly<Record<AuditSubject, Table>> = {
  job: {
    new: ['queued'],
    queued: ['running', 'paused', 'cancelling', 'cancelled', 'completed', 'failed'],
    running: ['paused', 'cancelling', 'cancelled', 'completed', 'failed'],
    paused: ['queued', 'running', 'cancelling', 'cancelled', 'completed', 'failed'],
    cancelling: ['cancelled'],
    cancelled: ['queued'],
    // A picture that comes late, from an attempt that had lapsed, makes a failed job whole.
    failed: ['queued', 'completed'],
    completed: [],
  },
  task: {
    new: ['leased'],
    pending: ['leased', 'running', 'succeeded', 'cancelled'],
    leased: ['running', 'pending', 'dead', 'cancelled', 'succeeded'],
    running: ['uploading', 'pending', 'dead', 'cancelled', 'succeeded'],
    // A picture that was made and lost: the late copy is still at it.
    uploading: ['running', 'pending', 'dead', 'cancelled', 'succeeded'],
    dead: ['pending', 'succeeded'],
    cancelled: ['pending'],
    succeeded: [],
  },
  attempt: {
    new: ['leased'],
    leased: ['running', 'lapsed', 'revoked', 'failed'],
    running: ['lapsed', 'revoked', 'failed', 'succeeded'],
    lapsed: ['running', 'revoked', 'failed', 'succeeded'],
    revoked: [],
    failed: [],
    succeeded: [],
  },
  // A result is there for ever.
  result: {},
};

/** Changes that no rule allows. */
export function illegalTransitions(audit: readonly AuditRow[]): Violation[] {
  return audit
    .filter(({ subject, before, after }) => {
      if (subject === 'result') return before !== null;
      return !legal[subject][before ?? 'new']?.includes(after ?? 'deleted');
    })
    .map(({ subject, jobId, taskIndex, attemptId, before, after, id }) => ({
      rule: 'illegal-transition' as const,
      sentence: `${subject} ${attemptId ?? ''} of ${jobId}/${taskIndex ?? ''} went from ${before ?? 'new'} to ${after ?? 'deleted'} (row ${id}).`,
    }));
}
