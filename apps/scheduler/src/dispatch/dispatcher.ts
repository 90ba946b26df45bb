/**
 * The one owner of the queue and of what is given out. Everybody else tells it what happened; it decides in one
 * synchronous run, writes in order, and pushes what was written.
 */
import type { agentProto, JobState, TaskState } from '@atelier/contracts';
import { createPolicy, type Forecast, type HoldRule, type Policy } from '@atelier/scheduling';
import type { LiveAttempt, TaskKey } from '@atelier/store';
import { monotonicMs } from '../clock.js';
import { Blame } from './blame.js';
import { Dependencies } from './dependencies.js';
import { LateCopies } from './late-copies.js';
import { Leasing } from './leasing.js';
import { NodeSlots } from './nodes.js';
import { prefetch } from './prefetch.js';
import { PolicyLoop, type Fact } from './policy-loop.js';
import { Reconciliation, type ReadAttempt } from './reconcile.js';
import { AttemptReports, keyOf } from './reports.js';
import { DispatchState, withoutOrdinal, type DispatchSurroundings } from './state.js';
import { TaskQueue } from './task-queue.js';
import { slotKeyOf, type ActiveJob, type NodeLink, type QueuedJob, type TaskHistory } from './types.js';

export interface DispatcherReads {
  /** The task's state in the database; null when it was never leased. */
  taskState(key: TaskKey): Promise<TaskState | null>;
  attempt: ReadAttempt;
}

export class Dispatcher {
  readonly nodes: NodeSlots;
  readonly reports: AttemptReports;
  readonly reconciliation: Reconciliation;
  readonly blame: Blame;
  private readonly loop: PolicyLoop;
  private readonly state: DispatchState;
  private readonly dependencies = new Dependencies();

  constructor(
    surroundings: DispatchSurroundings,
    reads: DispatcherReads,
    private readonly policy: Policy = createPolicy({ lateCopies: true, prefetch: true }),
  ) {
    this.state = new DispatchState(surroundings, (fact) => this.loop.tell(fact));
    const leasing = new Leasing(this.state, reads.taskState);
    const copies = new LateCopies(this.state, leasing);
    this.loop = new PolicyLoop(this.policy, {
      assign: (decision) => leasing.assign(decision),
      copy: (decision) => copies.copy(decision),
      prefetch: (decision) => prefetch(this.state, decision),
    });
    this.nodes = new NodeSlots(this.state);
    this.blame = new Blame(this.state);
    this.reports = new AttemptReports(this.state, this.blame);
    this.reconciliation = new Reconciliation(this.state, reads.attempt);
  }

  /** Says something to a node, if it has a session. */
  send(nodeId: string, message: Parameters<NodeLink['send']>[0]): void {
    this.state.send(nodeId, message);
  }

  /** Takes up a job; of one that it has already, the tasks that were queued again. */
  addJob(job: QueuedJob): void {
    const active = this.state.jobs.get(job.id);
    this.dependencies.reopened(job.id);
    if (active) this.blame.forgive(job.id);
    if (active) this.addRequeued(active, job);
    else this.addNew(job);
  }

  /** Gives out nothing of the job; what runs goes on. */
  pauseJob(jobId: string): void {
    const job = this.state.jobs.get(jobId);
    if (job) job.paused = true;
    this.loop.tell({ type: 'job-paused', jobId });
  }

  resumeJob(jobId: string): void {
    this.blame.forgive(jobId);
    const job = this.state.jobs.get(jobId);
    if (job) job.paused = false;
    this.goOn(jobId);
  }

  /** A job has ended: those that waited for its pictures begin when it was the last. */
  jobEnded(jobId: string, state: JobState): void {
    if (state !== 'completed') return this.dependencies.gaveUp(jobId, state);
    for (const free of this.dependencies.completed(jobId)) this.goOn(free);
  }

  setPriority(jobId: string, priority: number): void {
    this.loop.tell({ type: 'job-priority', jobId, priority });
  }

  /** What is predicted of a cost key, what a project or an enclosure may have, or whether the farm is paused, has changed. */
  tell(fact: Extract<Fact, { type: 'cost' | 'share' | 'farm-paused' | 'chassis-budget' }>): void {
    this.loop.tell(fact);
  }

  /** When the job is predicted to end; null while nothing tells. */
  forecast(jobId: string): Forecast | null {
    const job = this.state.jobs.get(jobId);
    const known = job?.expansion.classes.every((renderClass) => this.state.surroundings.isKnown?.(renderClass));
    return known ? this.policy.forecast(jobId) : null;
  }

  /** Jobs of which a task is assigned before the job's next one; null when none of its tasks waits. */
  queuePosition(jobId: string): number | null {
    return this.policy.queuePosition(jobId);
  }

  /** Who pays for the job: nobody's user is empty. */
  ownerOf(jobId: string): { project: string; user: string } | undefined {
    return this.state.jobs.get(jobId);
  }

  deadlineOf(jobId: string): Date | null {
    return this.state.jobs.get(jobId)?.deadline ?? null;
  }

  /** The rule that holds the job's next task; null when none of its tasks waits. */
  waitingRule(jobId: string): HoldRule | null {
    return this.dependencies.holds(jobId) ? 'dependency' : (this.policy.waitingFor(jobId)?.rule ?? null);
  }

  /** Why a slot does nothing, in a sentence; null when it does something. */
  idleFor(slotKey: string): string | null {
    return this.policy.idleFor(slotKey)?.sentence ?? null;
  }

  /** The job has ended. */
  removeJob(jobId: string): void {
    this.drop(jobId);
    for (const attempt of this.state.attempts.ofJob(jobId)) if (attempt.phase === 'lapsed') this.state.forget(attempt);
  }

  /** The database has revoked every attempt of the job: agents let go of theirs, and say so. */
  cancelJob(jobId: string): void {
    this.drop(jobId);
    this.state.cancelling.add(jobId);
    for (const attempt of this.state.attempts.ofJob(jobId)) this.state.letGo(attempt, 'The job was cancelled.');
    this.state.finishCancelling(jobId);
  }

  /** What the attempts that a node holds ask for. */
  requestsOf(nodeId: string): agentProto.RenderRequest[] {
    return this.state.attempts.ofNode(nodeId).flatMap(({ jobId, taskIndex, phase }) => {
      const job = this.state.jobs.get(jobId);
      return job && phase !== 'letting-go' ? [job.expansion.request(taskIndex)] : [];
    });
  }

  /** Nodes that hold attempts: after a restart, those whose silence has to be watched. */
  get occupiedNodes(): string[] {
    return this.state.attempts.nodeIds;
  }

  /** The node was silent for the length of a lease: what it holds waits again. Its pictures would still be taken. */
  lapseNode(nodeId: string): void {
    for (const attempt of this.state.attempts.ofNode(nodeId)) {
      if (attempt.phase === 'letting-go') this.state.forget(attempt);
      if (['letting-go', 'leasing', 'lapsed'].includes(attempt.phase)) continue;
      attempt.phase = 'lapsed';
      this.state.surroundings.onLapsed();
      void this.state.write({ kind: 'lapsed', ...keyOf(attempt) });
      this.state.release(attempt, withoutOrdinal(attempt));
    }
  }

  /** Why the job has tasks that wait, in a sentence; null when it has none. */
  waitingFor(jobId: string): string | null {
    const before = this.dependencies.sentence(jobId);
    if (before !== null) return before;
    const waiting = this.policy.waitingFor(jobId);
    if (waiting) return waiting.sentence;
    const [resting] = [...(this.state.jobs.get(jobId)?.resting.keys() ?? [])];
    return resting === undefined ? null : this.waitingForTask(jobId, resting);
  }

  /** Why a task that is pending waits, in a sentence. */
  waitingForTask(jobId: string, taskIndex: number): string | null {
    const resting = this.state.jobs.get(jobId)?.resting.get(taskIndex);
    if (!resting) return this.dependencies.sentence(jobId) ?? this.policy.waitingFor(jobId)?.sentence ?? null;
    const seconds = Math.max(0, (resting.until - monotonicMs()) / 1000).toFixed(1);
    return `It is tried again in ${seconds} s: ${resting.message}`;
  }

  close(): void {
    this.loop.close();
    this.blame.close();
    for (const jobId of [...this.state.jobs.keys()]) this.drop(jobId);
  }

  private addNew(job: QueuedJob): void {
    const { id, priority, createdAt, paused, expansion, cursors, returned, live, project = 'default' } = job;
    const { user = '', interactive = false, requires = {}, dependsOn = [] } = job;
    this.dependencies.wait(id, dependsOn);
    const queue = new TaskQueue(expansion, cursors);
    const deadline = job.deadline ?? null;
    this.state.jobs.set(id, { id, expansion, queue, project, user, requires, deadline, paused, resting: new Map() });
    for (const renderClass of expansion.classes)
      for (const cost of this.state.surroundings.costsOf?.(renderClass, expansion.request(renderClass.at(0))) ?? [])
        this.loop.tell({ type: 'cost', ...cost });
    for (const attempt of live) this.adopt(id, attempt);
    const classes = expansion.classes.map((renderClass) => ({
      ...renderClass,
      remaining: queue.fresh(renderClass.id),
    }));
    // Paused until the tasks that came back are known, too: they go first.
    this.loop.tell({
      type: 'job-added',
      jobId: id,
      priority,
      createdAt: createdAt.getTime(),
      paused: true,
      classes,
      project,
      ...(user !== '' && { user }),
      interactive,
      requires,
      ...(deadline && { deadlineAt: monotonicMs() + deadline.getTime() - Date.now() }),
    });
    for (const task of returned) this.state.giveBack(id, { ...task, history: historyOf(task) });
    this.goOn(id);
  }

  /** Lets the job begin, unless somebody paused it or it waits for others. */
  private goOn(jobId: string): void {
    if (this.state.jobs.get(jobId)?.paused || this.dependencies.holds(jobId)) return;
    this.loop.tell({ type: 'job-resumed', jobId });
  }

  private addRequeued({ id, queue, resting }: ActiveJob, { returned }: QueuedJob): void {
    const attempts = this.state.attempts.ofJob(id).filter(({ phase }) => phase !== 'lapsed' && phase !== 'letting-go');
    const busy = new Set(attempts.map(({ taskIndex }) => taskIndex));
    for (const task of returned) {
      if (busy.has(task.taskIndex) || resting.has(task.taskIndex) || queue.find(task.taskIndex)) continue;
      this.state.giveBack(id, { ...task, history: historyOf(task) });
    }
  }

  private adopt(jobId: string, live: LiveAttempt): void {
    const { attemptId: id, nodeId, slotId, taskIndex, classId, state: phase } = live;
    const slotKey = slotKeyOf(nodeId, slotId);
    const assignment = this.state.attempts.joinRun(nodeId, slotKey, phase, id);
    this.state.attempts.add({ id, jobId, nodeId, taskIndex, classId, assignment, phase, history: historyOf(live) });
  }

  private drop(jobId: string): void {
    for (const { timer } of this.state.jobs.get(jobId)?.resting.values() ?? []) clearTimeout(timer);
    this.state.jobs.delete(jobId);
    this.dependencies.drop(jobId);
    this.loop.tell({ type: 'job-removed', jobId });
  }
}

const historyOf = ({ failures, failedNodes }: Pick<TaskHistory, 'failures' | 'failedNodes'>): TaskHistory => ({
  failures,
  failedNodes,
  refusedBy: [],
});
