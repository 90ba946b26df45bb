/** What agents report of their attempts. Every report names its node: nobody speaks for the attempts of another. */
import { agentProto } from '@atelier/contracts';
import type { Outcomes, TaskKey } from '@atelier/store';
import { monotonicMs } from '../clock.js';
import { causeWord, consequenceOf } from './retry-rule.js';
import { withoutOrdinal, type DispatchState } from './state.js';
import type { Blame } from './blame.js';
import type { Attempt } from './types.js';

const { FailureCause } = agentProto;

export class AttemptReports {
  constructor(
    private readonly state: DispatchState,
    private readonly blame: Blame,
  ) {}

  /** The attempt, if this node holds it or has held it. */
  find(nodeId: string, attemptId: string): Attempt | undefined {
    const attempt = this.state.attempts.get(attemptId);
    return attempt?.nodeId === nodeId ? attempt : undefined;
  }

  /** The agent took an assignment, or says why not. */
  accepted(nodeId: string, { attemptIds, accepted, cause, message }: agentProto.Acceptance): void {
    if (!accepted) for (const attemptId of attemptIds) this.failed(nodeId, { attemptId, cause, message });
  }

  started(nodeId: string, attemptId: string): void {
    const attempt = this.find(nodeId, attemptId);
    if (attempt?.phase !== 'leased') return;
    attempt.phase = 'running';
    attempt.assignment.begunAt ??= monotonicMs();
    void this.state.write({ kind: 'started', ...keyOf(attempt) });
    this.noteResident(attempt);
  }

  /** The picture is made and spooled: its slot has a place again. False: the attempt is none of the dispatcher's. */
  rendered(nodeId: string, attemptId: string): boolean {
    const attempt = this.find(nodeId, attemptId);
    if (!attempt) return false;
    if (attempt.phase === 'letting-go') {
      this.state.forget(attempt);
      return false;
    }
    this.started(nodeId, attemptId);
    this.state.endRun(attempt);
    if (attempt.phase === 'running') {
      attempt.phase = 'uploading';
      void this.state.write({ kind: 'uploading', ...keyOf(attempt) });
    }
    return true;
  }

  /** The database has decided on an uploaded picture. */
  settled(key: TaskKey & { attemptId: string }, { accepted, superseded }: Outcomes['result']): void {
    const attempt = this.state.attempts.get(key.attemptId);
    if (attempt) this.state.forget(attempt);
    if (accepted) this.state.settle(key);
    if (accepted && attempt) this.blame.succeeded(attempt);
    for (const { attemptId, nodeId } of superseded) {
      const other = this.find(nodeId, attemptId);
      const reason = 'Another attempt was first.';
      if (other) this.state.letGo(other, reason);
      else this.state.send(nodeId, { $case: 'revocation', value: { attemptIds: [attemptId], reason } });
    }
  }

  /** The attempt ended without a picture. */
  failed(nodeId: string, { attemptId, cause, message }: agentProto.AttemptFailed): void {
    const attempt = this.find(nodeId, attemptId);
    if (!attempt) return;
    const { phase, jobId } = attempt;
    const beside = this.state.attempts.besides(attempt);
    this.state.forget(attempt);
    if (phase === 'letting-go') return;
    // The task of a lapsed attempt waits already, or is somebody else's.
    const waits = phase === 'lapsed';
    if (cause === FailureCause.FAILURE_CAUSE_REVOKED) {
      if (waits) void this.revoke(attempt, message);
      else this.state.takeBack(attempt, message);
      return;
    }
    const job = this.state.jobs.get(jobId);
    if (!job || waits) return void this.fail(attempt, cause, message, true);

    const { verdict, charged, history, restMs } = consequenceOf({
      cause,
      nodeId,
      history: attempt.history,
      eligible: this.state.eligibleNodes(job, attempt.classId),
      group: phase === 'uploading' ? 1 : attempt.assignment.size,
    });
    // What another attempt is still at is not dead yet.
    const retry = verdict === 'retry' || beside !== undefined;
    this.state.surroundings.onFailed(retry ? 'retry' : 'dead');
    void (charged ? this.fail(attempt, cause, message, retry) : this.revoke(attempt, message));
    this.blame.failed(attempt, { cause, message, charged });
    if (!retry) return;
    const task = { ...withoutOrdinal(attempt), history };
    this.state.release(attempt, task, restMs, message);
  }

  private fail(attempt: Attempt, cause: agentProto.FailureCause, message: string, retry: boolean) {
    return this.state.write({ kind: 'failed', ...keyOf(attempt), cause: causeWord(cause), message, retry });
  }

  private revoke(attempt: Attempt, reason: string) {
    return this.state.write({ kind: 'revoked', ...keyOf(attempt), reason });
  }

  private noteResident({ jobId, classId, nodeId, assignment: { slotKey } }: Attempt): void {
    const slot = this.state.nodes.get(nodeId)?.slots.get(slotKey);
    const job = this.state.jobs.get(jobId);
    if (slot && job) slot.resident = job.expansion.classes[classId]!.residencyKey;
  }
}

export const keyOf = ({ id, jobId, taskIndex }: Attempt) => ({ attemptId: id, jobId, taskIndex });
