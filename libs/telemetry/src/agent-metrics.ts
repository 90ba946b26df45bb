/** The agent's metrics. A slot's number on its node is the only label: a node has a handful. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export type AgentMetrics = ReturnType<typeof agentMetrics>;

/** Registers the agent's metrics in `registry`. */
export function agentMetrics(registry: Registry) {
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `atelier_agent_${name}`, help, labelNames: ['slot'] as const, registers: [registry] });
  return {
    gpuUtilization: gauge('gpu_utilization_ratio', 'Share of time in which the GPU computed, from 0 to 1.'),
    gpuMemoryUsed: gauge('gpu_memory_used_bytes', 'GPU memory in use.'),
    gpuTemperature: gauge('gpu_temperature_celsius', 'Temperature of the GPU.'),
    gpuPower: gauge('gpu_power_watts', 'Power that the GPU draws.'),
    slotBusy: gauge('slot_busy_ratio', 'Share of the last minute in which the slot rendered, from 0 to 1.'),
    modelLoad: new Histogram({
      name: 'atelier_agent_model_load_seconds',
      help: 'Seconds to load what a run needs, where anything had to be loaded.',
      buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers: [registry],
    }),
    steps: new Counter({
      name: 'atelier_agent_steps_total',
      help: 'Denoising steps made.',
      registers: [registry],
    }),
    stepDuration: new Histogram({
      name: 'atelier_agent_step_duration_seconds',
      help: 'Seconds of one denoising step of a run.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15],
      registers: [registry],
    }),
    spoolFiles: new Gauge({
      name: 'atelier_agent_spool_files',
      help: 'Finished pictures that wait for their acknowledgement.',
      registers: [registry],
    }),
  };
}
