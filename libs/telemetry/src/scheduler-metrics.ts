/** The scheduler's metrics. Base units; no id is ever a label. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export type SchedulerMetrics = ReturnType<typeof schedulerMetrics>;

/** Registers the scheduler's metrics in `registry`. */
export function schedulerMetrics(registry: Registry) {
  const registers = [registry];
  return {
    tasks: new Counter({
      name: 'atelier_tasks_total',
      help: 'Tasks by what became of them.',
      labelNames: ['outcome'] as const,
      registers,
    }),
    tasksPending: new Gauge({ name: 'atelier_tasks_pending', help: 'Tasks that wait for a slot.', registers }),
    tasksRunning: new Gauge({ name: 'atelier_tasks_running', help: 'Tasks that are leased or run.', registers }),
    dispatchLatency: new Histogram({
      name: 'atelier_dispatch_latency_seconds',
      help: 'From a free slot with work for it to the assignment being pushed.',
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers,
    }),
    taskDuration: new Histogram({
      name: 'atelier_task_duration_seconds',
      help: 'Seconds that the stages of a task took.',
      labelNames: ['stage'] as const,
      buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300],
      registers,
    }),
    leasesLapsed: new Counter({
      name: 'atelier_leases_lapsed_total',
      help: 'Leases that lapsed because their session stayed silent.',
      registers,
    }),
    nodes: new Gauge({ name: 'atelier_nodes', help: 'Nodes by state.', labelNames: ['state'] as const, registers }),
    queueOldestAge: new Gauge({
      name: 'atelier_queue_oldest_age_seconds',
      help: 'Age of the oldest job that has tasks waiting; 0 when none has.',
      registers,
    }),
    energy: new Counter({
      name: 'atelier_energy_watt_hours_total',
      help: 'Energy that the nodes reported to have used.',
      registers,
    }),
  };
}
