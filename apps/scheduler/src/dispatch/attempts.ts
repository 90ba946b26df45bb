import type { Attempt } from './types.js';

/** The attempts that somebody still has to say something about, by id, node and job. */
export class Attempts {
  private readonly byId = new Map<string, Attempt>();
  private readonly byNode = new Map<string, Set<Attempt>>();
  private readonly byJob = new Map<string, Set<Attempt>>();

  add(attempt: Attempt): void {
    this.byId.set(attempt.id, attempt);
    into(this.byNode, attempt.nodeId, attempt);
    into(this.byJob, attempt.jobId, attempt);
  }

  remove(attempt: Attempt): void {
    this.byId.delete(attempt.id);
    outOf(this.byNode, attempt.nodeId, attempt);
    outOf(this.byJob, attempt.jobId, attempt);
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

  get nodeIds(): string[] {
    return [...this.byNode.keys()];
  }
}

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
