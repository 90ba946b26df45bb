/** When a job is predicted to end, and how many jobs come before it. */
import { secondsOfTasks } from './cost.js';
import { endInCrowd } from './crowd.js';
import type { Job, Jobs } from './jobs.js';
import type { Plan } from './plan/plan.js';
import type { Owner } from './shares.js';
import { loadedOn, type Slots } from './slots.js';
import type { Forecast } from './types.js';
import type { Lane, Need, WorkIndex, WorkItem } from './work.js';

/** Predictions of one task are off by about this share of it at random, and all of them together by a part of that. */
const scatter = 0.3;
const bias = 0.05;

export class Forecasts {
  constructor(
    private readonly jobs: Jobs,
    private readonly index: WorkIndex,
    private readonly slots: Slots,
    private readonly plan: Plan,
  ) {}

  ofJob(jobId: string, at: number): Forecast | null {
    const job = this.jobs.get(jobId);
    if (!job || job.paused) return null;
    this.plan.cover(at);
    let seconds = this.runningEnd(jobId, at);
    let tasks = 1;
    for (const lane of this.lanesOf(job)) {
      const end = this.laneEnd(lane, jobId, at);
      if (end === null) return null;
      seconds = Math.max(seconds, end);
      tasks += lane.items.reduce((sum, item) => sum + (item.jobId === jobId ? item.remaining : 0), 0);
    }
    if (seconds === 0) return null;
    // The plan does not know the turns of several owners: among them it is shares that tell.
    const among = this.isCrowded ? endInCrowd(jobId, this.index, this.slots) : null;
    if (among !== null) seconds = Math.max(this.runningEnd(jobId, at), among);
    const off = bias + scatter / Math.sqrt(tasks);
    return { seconds, low: seconds * (1 - off), high: seconds * (1 + off) };
  }

  queuePosition(jobId: string): number | null {
    const job = this.jobs.get(jobId);
    if (!job || job.items.size === 0) return null;
    const before = new Set<string>();
    for (const need of this.index.needs)
      for (const { priority, interactive, items } of need.lanes.values()) {
        const first = Number(interactive) - Number(job.traits.interactive) || priority - job.traits.priority;
        for (const item of items)
          if (item.jobId !== jobId && (first > 0 || (first === 0 && isBefore(item, job)))) before.add(item.jobId);
      }
    return before.size;
  }

  /** Whether more than one owner has work waiting. */
  private get isCrowded(): boolean {
    let first: Owner | undefined;
    for (const { owner } of this.index.lanes) if (owner !== (first ??= owner)) return true;
    return false;
  }

  /** Seconds until the slots are through with what they run of the job; 0 when they run nothing of it. */
  private runningEnd(jobId: string, at: number): number {
    let seconds = 0;
    for (const { runs, busyUntil } of this.slots.all)
      if (runs.some(({ tasks }) => tasks.some((task) => task.jobId === jobId)))
        seconds = Math.max(seconds, (busyUntil - at) / 1000);
    return seconds;
  }

  private lanesOf(job: Job): Set<Lane> {
    const lanes = new Set<Lane>();
    for (const need of this.index.needs)
      for (const lane of need.lanes.values()) if (lane.items.some(({ jobId }) => jobId === job.jobId)) lanes.add(lane);
    return lanes;
  }

  /** Seconds until the last task of the job in a lane is done; null when nothing that serves is to do it. */
  private laneEnd(lane: Lane, jobId: string, at: number): number | null {
    const { need } = lane;
    if (need.segments.size === 0) return null;
    const last = lane.items.findLastIndex((item) => item.jobId === jobId);
    const ahead = lane.items.slice(0, last + 1).reduce((sum, { remaining }) => sum + remaining, 0);
    let share = ahead;
    for (const other of need.lanes.values()) {
      if (other === lane) continue;
      const tasks = other.items.reduce((sum, { remaining }) => sum + remaining, 0);
      const comesFirst = other.interactive || other.priority > lane.priority;
      if (comesFirst) share += tasks;
      else if (other.priority === lane.priority) share += Math.min(tasks, ahead);
    }
    return this.timeOf(need, Math.min(1, share / need.remaining), at);
  }

  /** Seconds until a share of a need is done where it is planned. */
  private timeOf(need: Need, share: number, at: number): number {
    let first = Infinity;
    let end = 0;
    for (const [slot, segment] of need.segments) {
      let seconds = Math.max(0, slot.busyUntil - at) / 1000;
      let held = loadedOn(slot);
      for (const planned of slot.segments) {
        seconds += this.plan.load(slot, planned.need, held);
        held = planned.need;
        if (planned === segment) first = Math.min(first, seconds);
        seconds += secondsOfTasks(this.index.fit(planned.need, slot.profile), planned.count);
        if (planned === segment) break;
      }
      end = Math.max(end, seconds);
    }
    return first + (end - first) * share;
  }
}

const isBefore = (item: WorkItem, { createdAt, jobId }: Job) =>
  item.createdAt < createdAt || (item.createdAt === createdAt && item.jobId < jobId);
