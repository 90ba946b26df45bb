/** Jobs and what of them waits. Keeps the index of work in step with priorities, pauses and returns. */
import { avoidHoldMs } from './rules.js';
import type { JobClass, PolicyEvent } from './types.js';
import { compareItems, type Need, type WorkIndex, type WorkItem } from './work.js';

interface Job {
  priority: number;
  readonly createdAt: number;
  paused: boolean;
  readonly classes: ReadonlyMap<number, JobClass>;
  /** By class and nodes to avoid. */
  readonly items: Map<string, WorkItem>;
}

type Of<T extends PolicyEvent['type']> = Extract<PolicyEvent, { type: T }>;

export class Jobs {
  private readonly byId = new Map<string, Job>();
  /** Items that avoid nodes, each with the time at which that ends. */
  private readonly avoiding = new Map<WorkItem, number>();

  constructor(private readonly index: WorkIndex) {}

  add({ jobId, priority, createdAt, paused = false, classes, at }: Of<'job-added'>): void {
    this.remove(jobId);
    const job: Job = { priority, createdAt, paused, classes: new Map(classes.map((c) => [c.id, c])), items: new Map() };
    this.byId.set(jobId, job);
    for (const { id, remaining } of classes) if (remaining > 0) this.put(jobId, job, id, remaining, [], at);
  }

  remove(jobId: string): void {
    const job = this.byId.get(jobId);
    if (!job) return;
    for (const item of job.items.values()) this.drop(job, item);
    this.byId.delete(jobId);
  }

  setPaused(jobId: string, paused: boolean, at: number): void {
    const job = this.byId.get(jobId);
    if (!job || job.paused === paused) return;
    if (paused) for (const item of job.items.values()) this.index.remove(item, classOf(job, item));
    job.paused = paused;
    if (!paused) for (const item of job.items.values()) this.index.add(item, classOf(job, item), at);
  }

  setPriority(jobId: string, priority: number, at: number): void {
    const job = this.byId.get(jobId);
    if (!job) return;
    job.priority = priority;
    for (const item of [...job.items.values()]) {
      this.drop(job, item);
      this.put(jobId, job, item.classId, item.remaining, item.avoid, at);
    }
  }

  giveBack({ jobId, classId, count, avoid = [], at }: Of<'tasks-returned'>): void {
    const job = this.byId.get(jobId);
    if (!job?.classes.has(classId)) return;
    const nodes = [...new Set(avoid)].sort();
    const waiting = job.items.get(itemKey(classId, nodes));
    if (waiting) this.drop(job, waiting);
    this.put(jobId, job, classId, count + (waiting?.remaining ?? 0), nodes, at);
  }

  /** Takes `count` tasks of an item. */
  take(item: WorkItem, count: number): void {
    const job = this.byId.get(item.jobId)!;
    if (count === item.remaining) {
      this.drop(job, item);
      return;
    }
    item.remaining -= count;
    this.index.needOf(classOf(job, item))!.remaining -= count;
  }

  /** Ends the holds on nodes to avoid that are over. */
  forgive(at: number): void {
    for (const [item, until] of this.avoiding) {
      if (until > at) break;
      item.forgiven = true;
      this.avoiding.delete(item);
    }
  }

  /** The first work of a job that waits, with its class and, unless the job is paused, its need. */
  firstWaiting(jobId: string): { item: WorkItem; jobClass: JobClass; need: Need | undefined } | undefined {
    const job = this.byId.get(jobId);
    const item = job && [...job.items.values()].sort(compareItems)[0];
    if (!item) return undefined;
    const jobClass = classOf(job, item);
    return { item, jobClass, need: job.paused ? undefined : this.index.needOf(jobClass) };
  }

  private put(jobId: string, job: Job, classId: number, remaining: number, avoid: readonly string[], at: number): void {
    const { priority, createdAt, classes } = job;
    const jobClass = classes.get(classId)!;
    const { reproducible, costKey } = jobClass;
    const item = { jobId, classId, priority, createdAt, reproducible, costKey, avoid, forgiven: false, remaining };
    job.items.set(itemKey(classId, avoid), item);
    if (avoid.length > 0) this.avoiding.set(item, at + avoidHoldMs);
    if (!job.paused) this.index.add(item, jobClass, at);
  }

  private drop(job: Job, item: WorkItem): void {
    job.items.delete(itemKey(item.classId, item.avoid));
    this.avoiding.delete(item);
    if (!job.paused) this.index.remove(item, classOf(job, item));
  }
}

const itemKey = (classId: number, avoid: readonly string[]) => [classId, ...avoid].join('\n');
const classOf = ({ classes }: Job, { classId }: WorkItem) => classes.get(classId)!;
