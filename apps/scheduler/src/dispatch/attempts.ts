import { newId } from '@atelier/store';
import type { Assignment, Attempt, AttemptPhase } from './types.js';

/** The attempts that somebody still has to say something about, by id, node and job. */
export class Attempts {
  private readonly byId = new Map<string, Attempt>();
  private readonly byNode = new Map<string, Set<Attempt>>();
  private readonly byJob = new Map<string, Set<Attempt>>();
  private readonly byTask = new Map<string, Set<Attempt>>();

  add(attempt: Attempt): void {
    this.byId.set(attempt.id, attempt);
    into(this.byNode, attempt.nodeId, attempt);
    into(this.byJob, attempt.jobId, attempt);
    into(this.byTask, taskOf(attempt), attempt);
  }

  remove(attempt: Attempt): void {
    this.byId.delete(attempt.id);
    outOf(this.byNode, attempt.nodeId, attempt);
    outOf(this.byJob, attempt.jobId, attempt);
    outOf(this.byTask, taskOf(attempt), attempt);
  }

  /**
   * The assignment of an attempt from before this scheduler started: a slot has one at work and one that waits, so what
   * is in the same phase there shares a run.
   */
  joinRun(nodeId: string, slotKey: string, phase: AttemptPhase, attemptId: string): Assignment {
    const mates = this.ofNode(nodeId).filter((other) => other.assignment.slotKey === slotKey && other.phase === phase);
    const assignment = mates[0]?.assignment ?? { id: newId(), slotKey, open: new Set<string>(), size: 0 };
    assignment.open.add(attemptId);
    assignment.size += 1;
    return assignment;
  }

  get(id: string): Attempt | undefined {
    return this.byId.get(id);
  }

  ofNode(nodeId: string): Attempt[] {
    return [...(this.byNode.get(nodeId) ?? [])];
  }

  ofJob(jobId: string): Attempt[] {
    return [...(this.byJob.get(jobId) ?? [])];
  }

  /** The attempt that is at the same task beside this one, with a right to it: its late copy, or what it is a copy of. */
  besides(attempt: Attempt): Attempt | undefined {
    const ofTask = this.byTask.get(taskOf(attempt)) ?? [];
    for (const other of ofTask) if (other !== attempt && atWork.includes(other.phase)) return other;
    return undefined;
  }

  get nodeIds(): string[] {
    return [...this.byNode.keys()];
  }
}

/** Phases in which an attempt has the right to run, or is about to have it. */
const atWork: readonly AttemptPhase[] = ['leasing', 'leased', 'running', 'uploading'];

const taskOf = ({ jobId, taskIndex }: Attempt) => `${jobId}/${taskIndex}`;

function into(index: Map<string, Set<Attempt>>, key: string, attempt: Attempt): void {
  const group = index.get(key);
  if (group) group.add(attempt);
  else index.set(key, new Set([attempt]));
}

function outOf(index: Map<string, Set<Attempt>>, key: string, attempt: Attempt): void {
  const group = index.get(key);
  group?.delete(attempt);
  if (group?.size === 0) index.delete(key);
}
