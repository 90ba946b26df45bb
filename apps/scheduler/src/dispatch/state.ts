/** The queue and everything that is given out, in memory, with the moves that keep it in step with policy and database. */
import type { RenderClass } from '@atelier/batch';
import { AtelierError, type agentProto } from '@atelier/contracts';
import type { DispatchOp, Outcomes, TaskKey } from '@atelier/store';
import type { Logger } from '@atelier/telemetry';
import type { Cost, Requirements } from '@atelier/scheduling';
import { monotonicMs } from '../clock.js';
import { Attempts } from './attempts.js';
import type { Fact } from './policy-loop.js';
import { nodesToAvoid } from './retry-rule.js';
import {
  nodeIdOf,
  slotIdOf,
  type ActiveJob,
  type ActiveNode,
  type Assignment,
  type Attempt,
  type SlotTerms,
  type WaitingTask,
} from './types.js';
import type { DispatchWriter } from './writer.js';

/** What the dispatcher asks of the rest of the scheduler, and tells it. */
export interface DispatchSurroundings {
  readonly writer: Pick<DispatchWriter, 'commit'>;
  readonly logger: Logger;
  /** Nodes of the farm, present or away, that have what the tasks of a class need. */
  eligibleNodes(renderClass: RenderClass, requires: Requirements): string[];
  /** What is predicted of the tasks of a class, by slot type. */
  costsOf?(
    renderClass: RenderClass,
    request: agentProto.RenderRequest,
  ): readonly { costKey: string; slotType: string; cost: Cost }[];
  /** What a run of `count` tasks is predicted to take, from runs like it; undefined while none was measured. */
  runOf?(
    renderClass: RenderClass,
    slotType: string,
    count: number,
  ): { loadSeconds: number; runSeconds: number } | undefined;
  /** A run of `group` tasks of the class found too little memory on slots of the type. */
  onTooLarge?(renderClass: RenderClass, slotType: string, group: number): void;
  /** Whether something was measured of the class, or of its like. */
  isKnown?(renderClass: RenderClass): boolean;
  /** Hashes of the models of this machine, which nodes can fetch. @default none */
  fetchable?(): ReadonlySet<string>;
  /** What the policy is to be told of a slot beside what its node can do. */
  slotTerms?(nodeId: string, slotId: string): SlotTerms;
  /** The agents have let go of every attempt of a cancelled job. */
  onLetGo(jobId: string): void;
  /** A node that drains or is held has nothing any more: what it had loaded is let go of, too. */
  onDrained(nodeId: string): void;
  /** An assignment was pushed, so long after it was decided. */
  onPushed(seconds: number): void;
  onLapsed(): void;
  onFailed(verdict: 'dead' | 'retry'): void;
  /** A node fails at whatever it is given: it is to be taken out and tested. `why` is a sentence. */
  onSuspect(nodeId: string, why: string): void;
}

export class DispatchState {
  readonly jobs = new Map<string, ActiveJob>();
  /** Nodes with a session. */
  readonly nodes = new Map<string, ActiveNode>();
  readonly attempts = new Attempts();
  /** Nodes that drain while they are away. */
  readonly leaving = new Set<string>();
  /** Cancelled jobs of which agents still hold attempts. */
  readonly cancelling = new Set<string>();

  constructor(
    readonly surroundings: DispatchSurroundings,
    readonly tell: (fact: Fact) => void,
  ) {}

  /** Writes a transition; undefined when it can never be written: another scheduler leads, or this one stops. */
  async write<K extends DispatchOp['kind']>(op: Extract<DispatchOp, { kind: K }>): Promise<Outcomes[K] | undefined> {
    try {
      return await this.surroundings.writer.commit<K>(op);
    } catch (error) {
      const expected = error instanceof AtelierError && ['superseded', 'unavailable'].includes(error.code);
      if (!expected) this.surroundings.logger.error({ err: error, op: op.kind }, 'A transition was not written.');
      return undefined;
    }
  }

  send(nodeId: string, message: NonNullable<agentProto.SessionRequest['message']>): void {
    this.nodes.get(nodeId)?.link.send(message);
  }

  /** The engine has ended the run of an attempt. With the last one of an assignment its slot has a place again. */
  endRun({ id, assignment: { open, slotKey, begunAt } }: Attempt): void {
    if (!open.delete(id) || open.size > 0) return;
    const seconds = begunAt === undefined ? 0 : (monotonicMs() - begunAt) / 1000;
    this.tell({ type: 'slot-free', slotId: slotKey, seconds });
  }

  /** Nobody has to say anything about the attempt any more. */
  forget(attempt: Attempt): void {
    const { jobId, nodeId } = attempt;
    this.attempts.remove(attempt);
    this.endRun(attempt);
    this.finishCancelling(jobId);
    this.finishDraining(nodeId);
  }

  finishCancelling(jobId: string): void {
    if (!this.cancelling.has(jobId) || this.attempts.ofJob(jobId).length > 0) return;
    this.cancelling.delete(jobId);
    this.surroundings.onLetGo(jobId);
  }

  finishDraining(nodeId: string): void {
    const node = this.nodes.get(nodeId);
    if (this.attempts.ofNode(nodeId).some(({ phase }) => phase !== 'lapsed')) return;
    if (!node && !this.leaving.has(nodeId)) return;
    const unloading = node?.draining && [...node.slots.values()].some((slot) => slot.unloading);
    if (!node || node.held || (node.draining && !unloading)) this.surroundings.onDrained(nodeId);
  }

  /** Revokes an attempt, charged to nobody: its task waits again at once. */
  takeBack(attempt: Attempt, reason: string): void {
    const { id: attemptId, jobId, taskIndex } = attempt;
    void this.write({ kind: 'revoked', attemptId, jobId, taskIndex, reason });
    this.release(attempt, withoutOrdinal(attempt));
  }

  /** Tells the agent to stop an attempt whose right is gone, and waits for its word: until its lease would have lapsed. */
  letGo(attempt: Attempt, reason: string): void {
    if (attempt.phase === 'lapsed' && !this.nodes.has(attempt.nodeId)) return this.forget(attempt);
    const pushed = attempt.phase !== 'leasing';
    attempt.phase = 'letting-go';
    if (pushed) this.send(attempt.nodeId, { $case: 'revocation', value: { attemptIds: [attempt.id], reason } });
  }

  /** An attempt leaves its task, which waits again, after a rest where there is one; unless another attempt is at it. */
  release(attempt: Attempt, task: WaitingTask, restMs = 0, message = ''): void {
    const other = this.attempts.besides(attempt);
    if (other) other.history = task.history;
    else if (restMs > 0) this.rest(attempt.jobId, task, restMs, message);
    else this.giveBack(attempt.jobId, task);
  }

  /** A task waits again. */
  giveBack(jobId: string, task: WaitingTask): void {
    const job = this.jobs.get(jobId);
    if (!job) return;
    const { taskIndex, classId, ordinal, history } = task;
    const avoid = nodesToAvoid(history, this.eligibleNodes(job, classId));
    job.queue.giveBack({ taskIndex, classId, ordinal, history }, avoid);
    this.tell({ type: 'tasks-returned', jobId, classId, count: 1, avoid, alone: history.alone ?? false });
  }

  /** A task waits again after a rest. */
  rest(jobId: string, task: WaitingTask, ms: number, message: string): void {
    const job = this.jobs.get(jobId);
    if (!job) return;
    const timer = setTimeout(() => {
      job.resting.delete(task.taskIndex);
      this.giveBack(jobId, task);
    }, ms);
    job.resting.set(task.taskIndex, { task, until: monotonicMs() + ms, message, timer });
  }

  /** A task has its picture: whatever waits of it waits no longer. */
  settle({ jobId, taskIndex }: TaskKey): void {
    const job = this.jobs.get(jobId);
    job?.queue.remove(taskIndex);
    clearTimeout(job?.resting.get(taskIndex)?.timer);
    job?.resting.delete(taskIndex);
  }

  /** The class of an attempt's task; undefined once its job has ended. */
  classOf({ jobId, classId }: Pick<Attempt, 'jobId' | 'classId'>): RenderClass | undefined {
    return this.jobs.get(jobId)?.expansion.classes[classId];
  }

  /** What an assignment says of how long it should take: a step with its share of encoding and decoding. */
  predictedOf({ slotKey, size }: Assignment, { jobId, classId, taskIndex }: Attempt) {
    const { expansion } = this.jobs.get(jobId) ?? {};
    const slotType = this.nodes.get(nodeIdOf(slotKey))?.slotTypes?.get(slotIdOf(slotKey));
    if (!expansion || slotType === undefined) return {};
    const run = this.surroundings.runOf?.(expansion.classes[classId]!, slotType, size);
    if (!run) return {};
    const { steps } = expansion.request(taskIndex);
    return { predictedLoadSeconds: run.loadSeconds, predictedStepSeconds: run.runSeconds / Math.max(1, steps) };
  }

  eligibleNodes(job: ActiveJob, classId: number): string[] {
    return this.surroundings.eligibleNodes(job.expansion.classes[classId]!, job.requires);
  }
}

/** The task of an attempt that was leased: it has its row now. */
export const withoutOrdinal = ({ taskIndex, classId, history }: WaitingTask): WaitingTask => ({
  taskIndex,
  classId,
  history,
});
