/** From a decision of the policy to an assignment on a slot: mark, persist, push; take back where one of them fails. */
import type { Assign } from '@atelier/scheduling';
import { newId, type TaskKey } from '@atelier/store';
import type { TaskState } from '@atelier/contracts';
import { monotonicMs } from '../clock.js';
import { withoutOrdinal, type DispatchState } from './state.js';
import { nodeIdOf, slotIdOf, type ActiveJob, type Assignment, type Attempt, type WaitingTask } from './types.js';

/** How long a task rests whose lease the database refused. */
const refusedRestMs = 1000;

/** A task for a slot. */
export interface Given {
  job: ActiveJob;
  task: WaitingTask;
  /** Another attempt is at it. */
  copy?: boolean;
}

/** A task on its way to a slot. */
interface Leased {
  job: ActiveJob;
  attempt: Attempt;
}

export class Leasing {
  constructor(
    private readonly state: DispatchState,
    /** The task's state in the database; null when it was never leased. */
    private readonly readState: (key: TaskKey) => Promise<TaskState | null>,
  ) {}

  /** Carries out a decision. Runs to its end without waiting: what it takes is marked before anything else happens. */
  assign({ slotId: slotKey, joined, ...first }: Assign): void {
    // The policy's counts are upper bounds: a task may have got its picture from an attempt that had lapsed.
    const tasks = [first, ...joined].flatMap(({ jobId, classId, count, avoid, alone }) => {
      const job = this.state.jobs.get(jobId);
      return job?.queue.take(classId, count, avoid, alone).map((task) => ({ job, task })) ?? [];
    });
    this.give(slotKey, tasks);
  }

  /** Begins a run on a slot, or leaves it free where there is nothing to run. */
  give(slotKey: string, tasks: readonly Given[]): void {
    const decidedAt = monotonicMs();
    if (tasks.length === 0) return this.state.tell({ type: 'slot-free', slotId: slotKey });
    const assignment: Assignment = { id: newId(), slotKey, open: new Set(), size: tasks.length };
    const leased = tasks.map(({ job, task, copy = false }): Leased => {
      const keys = { id: newId(), jobId: job.id, nodeId: nodeIdOf(slotKey) };
      const attempt: Attempt = { ...task, ...keys, assignment, copy, phase: 'leasing' };
      assignment.open.add(attempt.id);
      this.state.attempts.add(attempt);
      return { job, attempt };
    });
    void this.lease(assignment, leased, decidedAt);
  }

  private async lease(assignment: Assignment, leased: readonly Leased[], decidedAt: number): Promise<void> {
    const numbers = await Promise.all(leased.map(({ attempt }) => this.persist(attempt)));
    const granted = leased.flatMap(({ job, attempt }, i) =>
      this.stands(job, attempt, numbers[i]) ? [{ job, attempt, number: numbers[i]! }] : [],
    );
    if (granted.length === 0) return;

    const node = this.state.nodes.get(nodeIdOf(assignment.slotKey));
    if (!node || node.draining || node.held) {
      for (const { attempt } of granted) {
        this.state.takeBack(attempt, 'Its node left before it was told.');
        this.state.forget(attempt);
      }
      return;
    }
    for (const { attempt } of granted) attempt.phase = 'leased';
    node.link.send({
      $case: 'assignment',
      value: {
        assignmentId: assignment.id,
        slotId: slotIdOf(assignment.slotKey),
        leases: granted.map(({ job, attempt: { id, jobId, taskIndex }, number }) => ({
          attemptId: id,
          jobId,
          taskIndex,
          attemptNumber: number,
          request: job.expansion.request(taskIndex),
          outputFormat: job.expansion.outputFormat,
        })),
        residencyKey: this.state.classOf(granted[0]!.attempt)?.residencyKey ?? '',
        ...this.state.predictedOf(assignment, granted[0]!.attempt),
      },
    });
    this.state.surroundings.onPushed((monotonicMs() - decidedAt) / 1000);
  }

  /** The attempt's number; 0 when the database refused, undefined when it was not asked. */
  private async persist({ id: attemptId, jobId, taskIndex, classId, ordinal, assignment, copy }: Attempt) {
    const [nodeId, slotId] = [nodeIdOf(assignment.slotKey), slotIdOf(assignment.slotKey)];
    const key = { attemptId, jobId, taskIndex, nodeId, slotId };
    const outcome = copy
      ? await this.state.write({ kind: 'copy', ...key })
      : await this.state.write({ kind: 'lease', ...key, classId, ...(ordinal === undefined ? {} : { ordinal }) });
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
