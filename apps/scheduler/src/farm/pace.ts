/** How fast pictures are made, measured on those that were. Nothing is stored: after a start it is learned again. */
import { monotonicMs } from '../clock.js';

/** As many of the last pictures count. */
const remembered = 32;

export interface Cost {
  /** Seconds of a slot for one picture. */
  mean: number;
  low: number;
  high: number;
}

export class Pace {
  /** Times at which the last pictures of a job came, ms. */
  private readonly jobs = new Map<string, number[]>();
  /** Slot seconds of the last pictures by cost key. */
  private readonly costs = new Map<string, number[]>();

  /** A picture was made. `slotSeconds`: what it took of its slot. */
  made(jobId: string, costKey: string, slotSeconds: number): void {
    push(this.jobs, jobId, monotonicMs());
    push(this.costs, costKey, slotSeconds);
  }

  /** The job has ended. */
  forget(jobId: string): void {
    this.jobs.delete(jobId);
  }

  /** Seconds for `remaining` more pictures of a job at its present pace; null when it has none yet. */
  etaSeconds(jobId: string, remaining: number): number | null {
    const times = this.jobs.get(jobId) ?? [];
    const [first, last] = [times[0], times.at(-1)];
    if (first === undefined || last === undefined || times.length < 2) return null;
    const gap = (last - first) / (times.length - 1);
    // A picture that is late slows the pace down from the moment it is late.
    const span = Math.max(last - first, monotonicMs() - first - gap);
    return (remaining * span) / (times.length - 1) / 1000;
  }

  /** What a picture of this kind costs; null when none was made yet. */
  costOf(costKey: string): Cost | null {
    const seconds = this.costs.get(costKey);
    if (!seconds) return null;
    const mean = seconds.reduce((sum, value) => sum + value, 0) / seconds.length;
    return { mean, low: Math.min(...seconds), high: Math.max(...seconds) };
  }
}

function push(lists: Map<string, number[]>, key: string, value: number): void {
  const list = lists.get(key) ?? [];
  list.push(value);
  if (list.length > remembered) list.shift();
  lists.set(key, list);
}
