/** After a session was opened: what both sides still hold is compared; what is wanted goes on, the rest is revoked. */
import type { Attempt as StoredAttempt, Task } from '@atelier/store';
import { newId } from '@atelier/store';
import { keyOf } from './reports.js';
import type { DispatchState } from './state.js';
import { cleanHistory, slotKeyOf, type Attempt } from './types.js';

/** What the database knows of an attempt that the dispatcher does not hold. */
export type ReadAttempt = (attemptId: string) => Promise<{ attempt: StoredAttempt; task: Task } | null>;

/** What an agent holds, by attempt id. */
export interface Held {
  /** Queued or running. */
  attemptIds: readonly string[];
  /** Made, and waiting for a ticket. */
  spooledIds: readonly string[];
}

export class Reconciliation {
  constructor(
    private readonly state: DispatchState,
    private readonly readAttempt: ReadAttempt,
  ) {}

  /** Call with what the agent's `Hello` lists. What is spooled gets its word when its ticket is asked for. */
  compare(nodeId: string, { attemptIds, spooledIds }: Held): void {
    const held = new Set(attemptIds);
    const spooled = new Set(spooledIds);
    for (const attempt of this.state.attempts.ofNode(nodeId)) {
      if (held.has(attempt.id)) this.goOn(attempt);
      else if (!spooled.has(attempt.id)) this.giveUp(attempt);
    }
    for (const attemptId of held) if (!this.state.attempts.get(attemptId)) void this.settleUnknown(nodeId, attemptId);
  }

  private goOn(attempt: Attempt): void {
    if (attempt.phase === 'letting-go') this.state.letGo(attempt, 'The attempt was revoked.');
    if (attempt.phase === 'lapsed') void this.resume(attempt);
  }

  /** The agent has nothing of the attempt: it restarted, or never heard of it. */
  private giveUp(attempt: Attempt): void {
    const reason = 'Its node has nothing of it any more.';
    switch (attempt.phase) {
      case 'leasing':
        return;
      case 'letting-go':
        return this.state.forget(attempt);
      case 'lapsed':
        void this.state.write({ kind: 'revoked', ...keyOf(attempt), reason });
        return this.state.forget(attempt);
      default:
        this.state.takeBack(attempt, reason);
        this.state.forget(attempt);
    }
  }

  /** A lapsed attempt is still at work: it has its task again, unless that went to somebody else. */
  private async resume(attempt: Attempt): Promise<void> {
    const task = this.state.jobs.get(attempt.jobId)?.queue.remove(attempt.taskIndex);
    if (!task) return;
    attempt.phase = 'running';
    const outcome = await this.state.write({ kind: 'resumed', ...keyOf(attempt) });
    if (outcome?.applied || attempt.phase !== 'running') return;
    attempt.phase = 'lapsed';
    this.state.giveBack(attempt.jobId, task);
  }

  /** An attempt from before this scheduler started, or one that nobody wants. */
  private async settleUnknown(nodeId: string, attemptId: string): Promise<void> {
    const found = await this.readAttempt(attemptId).catch(() => null);
    if (found?.attempt.state !== 'lapsed' || found.attempt.nodeId !== nodeId) {
      const reason = 'The attempt is not wanted.';
      return this.state.send(nodeId, { $case: 'revocation', value: { attemptIds: [attemptId], reason } });
    }
    const { jobId, taskIndex, slotId } = found.attempt;
    const assignment = { id: newId(), slotKey: slotKeyOf(nodeId, slotId), open: new Set<string>(), size: 1 };
    const waiting = this.state.jobs.get(jobId)?.queue.find(taskIndex);
    const history = waiting?.history ?? cleanHistory;
    const { classId } = found.task;
    const attempt: Attempt = { id: attemptId, jobId, taskIndex, classId, history, nodeId, assignment, phase: 'lapsed' };
    this.state.attempts.add(attempt);
    await this.resume(attempt);
  }
}
