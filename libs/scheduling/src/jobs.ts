/** Jobs and what of them waits. Keeps the index of work in step with priorities, pauses and returns. */
import { avoidHoldMs } from './rules.js';
import type { Shares } from './shares.js';
import type { JobClass, PolicyEvent, Requirements } from './types.js';
import { compareItems, type LaneTraits, type Need, type WorkIndex, type WorkItem } from './work.js';

export interface Job {
  readonly jobId: string;
  traits: LaneTraits;
  readonly requires: Requirements;
  readonly createdAt: number;
  paused: boolean;
  readonly classes: ReadonlyMap<number, JobClass>;
  /** By class, nodes to avoid, and whether they run alone. */
  readonly items: Map<string, WorkItem>;
}

type Of<T extends PolicyEvent['type']> = Extract<PolicyEvent, { type: T }>;

export class Jobs {
  private readonly byId = new Map<string, Job>();
  /** Items that avoid nodes, each with the time at which that ends. */
  private readonly avoiding = new Map<WorkItem, number>();

  constructor(
    private readonly index: WorkIndex,
    private readonly shares: Shares,
  ) {}

  get(jobId: string): Job | undefined {
    return this.byId.get(jobId);
  }

  add(event: Of<'job-added'>): void {
    const { jobId, priority, createdAt, paused = false, classes, at, requires = {} } = event;
    this.remove(jobId);
    const traits: LaneTraits = {
      owner: this.shares.owner(event.project, event.user),
      priority,
      interactive: event.interactive ?? false,
      deadlineAt: event.deadlineAt ?? Infinity,
    };
    const byId = new Map(classes.map((c) => [c.id, c]));
    const job: Job = { jobId, traits, requires, createdAt, paused, classes: byId, items: new Map() };
    this.byId.set(jobId, job);
    for (const { id, remaining } of classes) if (remaining > 0) this.put(job, id, remaining, [], false, at);
  }

  remove(jobId: string): void {
    const job = this.byId.get(jobId);
    if (!job) return;
    for (const item of [...job.items.values()]) this.drop(job, item);
    this.byId.delete(jobId);
  }

  setPaused(jobId: string, paused: boolean, at: number): void {
    const job = this.byId.get(jobId);
    if (!job || job.paused === paused) return;
    if (paused) for (const item of job.items.values()) this.hide(job, item);
    job.paused = paused;
    if (!paused) for (const item of job.items.values()) this.show(job, item, at);
  }

  setPriority(jobId: string, priority: number, at: number): void {
    const job = this.byId.get(jobId);
    if (!job) return;
    if (!job.paused) for (const item of job.items.values()) this.hide(job, item);
    job.traits = { ...job.traits, priority };
    if (!job.paused) for (const item of job.items.values()) this.show(job, item, at);
  }

  giveBack({ jobId, classId, count, avoid = [], alone = false, at }: Of<'tasks-returned'>): void {
    const job = this.byId.get(jobId);
    if (!job?.classes.has(classId)) return;
    const nodes = [...new Set(avoid)].sort();
    const waiting = job.items.get(itemKey({ classId, avoid: nodes, alone }));
    if (waiting) this.drop(job, waiting);
    this.put(job, classId, count + (waiting?.remaining ?? 0), nodes, alone, at);
  }

  /** Takes `count` tasks of an item of a need. */
  take(need: Need, item: WorkItem, count: number): void {
    const job = this.byId.get(item.jobId)!;
    if (count === item.remaining) {
      this.drop(job, item);
      return;
    }
    item.remaining -= count;
    this.index.count(need, -count);
    this.shares.addWaiting(job.traits.owner, -count);
  }

  /** Ends the holds on nodes to avoid that are over; true when there was one. */
  forgive(at: number): boolean {
    let any = false;
    for (const [item, until] of this.avoiding) {
      if (until > at) break;
      item.forgiven = true;
      this.avoiding.delete(item);
      any = true;
    }
    return any;
  }

  /** The first work of a job that waits, with its class and, unless the job is paused, its need. */
  firstWaiting(jobId: string): { job: Job; item: WorkItem; jobClass: JobClass; need: Need | undefined } | undefined {
    const job = this.byId.get(jobId);
    const item = job && [...job.items.values()].sort(compareItems)[0];
    if (!item) return undefined;
    const jobClass = job.classes.get(item.classId)!;
    return { job, item, jobClass, need: job.paused ? undefined : this.index.needOf(jobClass, job.requires) };
  }

  private put(
    job: Job,
    classId: number,
    remaining: number,
    avoid: readonly string[],
    alone: boolean,
    at: number,
  ): void {
    const { jobId, createdAt, classes } = job;
    const { batchKey, reproducible } = classes.get(classId)!;
    const single = reproducible || alone;
    const item = { jobId, classId, createdAt, batchKey, single, alone, avoid, forgiven: false, remaining };
    job.items.set(itemKey(item), item);
    if (avoid.length > 0) this.avoiding.set(item, at + avoidHoldMs);
    if (!job.paused) this.show(job, item, at);
  }

  private drop(job: Job, item: WorkItem): void {
    job.items.delete(itemKey(item));
    this.avoiding.delete(item);
    if (!job.paused) this.hide(job, item);
  }

  private show(job: Job, item: WorkItem, at: number): void {
    this.shares.addWaiting(job.traits.owner, item.remaining);
    this.index.add(item, job.classes.get(item.classId)!, job.requires, job.traits, at);
  }

  private hide(job: Job, item: WorkItem): void {
    this.shares.addWaiting(job.traits.owner, -item.remaining);
    this.index.remove(item, job.classes.get(item.classId)!, job.requires, job.traits);
  }
}

const itemKey = ({ classId, avoid, alone }: Pick<WorkItem, 'classId' | 'avoid' | 'alone'>) =>
  [classId, alone, ...avoid].join('\n');
