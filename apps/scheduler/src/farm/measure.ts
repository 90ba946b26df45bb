/** What the scheduler's metrics count. */
import type { agentProto } from '@atelier/contracts';
import type { SchedulerMetrics } from '@atelier/telemetry';
import { oldestAge, sumOf, type FarmViews } from './farm-view.js';

/** Stages of a task as its record has them. */
const stages = ['load', 'encode', 'denoise', 'decode', 'upload'] as const;

export class Measure {
  constructor(private readonly metrics: SchedulerMetrics) {}

  pushed(seconds: number): void {
    this.metrics.dispatchLatency.observe(seconds);
  }

  lapsed(): void {
    this.metrics.leasesLapsed.inc();
  }

  ended(outcome: 'succeeded' | 'dead' | 'retried'): void {
    this.metrics.tasks.inc({ outcome });
  }

  record(record: agentProto.AttemptRecord): void {
    for (const stage of stages) this.metrics.taskDuration.observe({ stage }, record[`${stage}Seconds`]);
  }

  used(wattHours: number): void {
    this.metrics.energy.inc(wattHours);
  }

  /** Brings the gauges up to date, for a scrape. */
  async refresh(farm: FarmViews): Promise<void> {
    const jobs = await farm.unfinishedJobs();
    this.metrics.tasksPending.set(sumOf(jobs, 'pending'));
    this.metrics.tasksRunning.set(sumOf(jobs, 'running'));
    this.metrics.queueOldestAge.set(oldestAge(jobs) ?? 0);
    for (const [state, count] of Object.entries(farm.nodeCounts())) this.metrics.nodes.set({ state }, count);
  }
}

/** Seconds of its slot that one picture took: its share of the run. */
export function slotSecondsOf({
  loadSeconds,
  encodeSeconds,
  denoiseSeconds,
  decodeSeconds,
  groupSize,
}: agentProto.AttemptRecord): number {
  return (loadSeconds + encodeSeconds + denoiseSeconds + decodeSeconds) / Math.max(1, groupSize);
}
