/** From a decision of the policy to an assignment on a slot: mark, persist, push; take back where one of them fails. */
import type { Assign } from '@atelier/scheduling';
import { newId, type TaskKey } from '@atelier/store';
import type { TaskState } from '@atelier/contracts';
import { monotonicMs } from '../clock.js';
import { withoutOrdinal, type DispatchState } from './state.js';
import { nodeIdOf, slotIdOf, type ActiveJob, type Assignment, type Attempt } from './types.js';

/** How long a task rests whose lease the database refused. */
const refusedRestMs = 1000;

export class Leasing {
  constructor(
    private readonly state: DispatchState,
    /** The task's state in the database; null when it was never leased. */
    private readonly readState: (key: TaskKey) => Promise<TaskState | null>,
  ) {}

  /** Carries out a decision. Runs to its end without waiting: what it takes is marked before anything else happens. */
  assign({ slotId: slotKey, jobId, classId, count, avoid }: Assign): void {
    const decidedAt = monotonicMs();
    const job = this.state.jobs.get(jobId);
    const tasks = job?.queue.take(classId, count, avoid) ?? [];
    // The policy's count is an upper bound: a task may have got its picture from an attempt that had lapsed.
    if (!job || tasks.length === 0) return this.state.tell({ type: 'slot-free', slotId: slotKey });
    // What must run by itself, and what comes behind it, was not taken with the others and still waits.
    const left = Math.min(count - tasks.length, job.queue.waiting(classId, avoid));
    if (left > 0) this.state.tell({ type: 'tasks-returned', jobId, classId, count: left, avoid });

    const assignment: Assignment = { id: newId(), slotKey, open: new Set(), size: tasks.length };
    const attempts = tasks.map((task): Attempt => {
      const attempt = { ...task, id: newId(), jobId, nodeId: nodeIdOf(slotKey), assignment, phase: 'leasing' as const };
      assignment.open.add(attempt.id);
      this.state.attempts.add(attempt);
      return attempt;
    });
    void this.lease(job, assignment, attempts, decidedAt);
  }

  private async lease(job: ActiveJob, assignment: Assignment, attempts: Attempt[], decidedAt: number): Promise<void> {
    const numbers = await Promise.all(attempts.map((attempt) => this.persist(attempt)));
    const granted = attempts.filter((attempt, i) => this.stands(job, attempt, numbers[i]));
    if (granted.length === 0) return;

    const node = this.state.nodes.get(nodeIdOf(assignment.slotKey));
    if (!node || node.draining || node.held) {
      for (const attempt of granted) {
        this.state.takeBack(attempt, 'Its node left before it was told.');
        this.state.forget(attempt);
      }
      return;
    }
    for (const attempt of granted) attempt.phase = 'leased';
    const numberOf = new Map(attempts.map(({ id }, i) => [id, numbers[i]!]));
    node.link.send({
      $case: 'assignment',
      value: {
        assignmentId: assignment.id,
        slotId: slotIdOf(assignment.slotKey),
        leases: granted.map(({ id, jobId, taskIndex }) => ({
          attemptId: id,
          jobId,
          taskIndex,
          attemptNumber: numberOf.get(id)!,
          request: job.expansion.request(taskIndex),
          outputFormat: job.expansion.outputFormat,
        })),
      },
    });
    this.state.surroundings.onPushed((monotonicMs() - decidedAt) / 1000);
  }

  /** The attempt's number; 0 when the database refused, undefined when it was not asked. */
  private async persist({ id: attemptId, jobId, taskIndex, classId, ordinal, assignment }: Attempt) {
    const [nodeId, slotId] = [nodeIdOf(assignment.slotKey), slotIdOf(assignment.slotKey)];
    const key = { attemptId, jobId, taskIndex, classId, nodeId, slotId };
    const outcome = await this.state.write({ kind: 'lease', ...key, ...(ordinal === undefined ? {} : { ordinal }) });
    return outcome?.number;
  }

  /** Whether an attempt is to be pushed, now that the database has spoken. */
  private stands(job: ActiveJob, attempt: Attempt, number: number | undefined): boolean {
    const revoked = attempt.phase !== 'leasing';
    if (!revoked && number) return true;
    this.state.forget(attempt);
    if (!revoked && number === 0) void this.restRefused(job, attempt);
    return false;
  }

  /** A refused lease says that the database knows better: the task waits again only if it is waiting there. */
  private async restRefused({ id: jobId }: ActiveJob, attempt: Attempt): Promise<void> {
    const state = await this.readState(attempt).catch(() => 'pending' as const);
    const { taskIndex, classId, ordinal, history } = attempt;
    const task = state === null ? { taskIndex, classId, ordinal, history } : withoutOrdinal(attempt);
    if (state === null || state === 'pending')
      this.state.rest(jobId, task, refusedRestMs, 'The database refused its lease.');
  }
}
