/** Readings of the slots' hardware, at an even pace, as metrics and telemetry. */
import { readGpus, type AgentMetrics } from '@atelier/telemetry';
import type { TelemetryHub } from './telemetry.js';

export interface MeasuredSlot {
  readonly id: string;
  /** UUID of its GPU; undefined on the CPU. */
  readonly gpuUuid: string | undefined;
  /** Milliseconds that the slot has rendered since it began. */
  busyMs(): number;
}

const everyMs = 5_000;
/** How far back the busy ratio looks. */
const windowMs = 60_000;

/** Bytes that are taken of a card's memory now; null where nothing tells, or there is no card. */
export async function memoryTaken(gpuUuid: string | undefined): Promise<number | null> {
  if (gpuUuid === undefined) return null;
  const gpus = await readGpus();
  return gpus.find(({ uuid }) => uuid === gpuUuid)?.memoryUsedBytes ?? null;
}

/** Starts reading; returns how to stop. */
export function startReadings(slots: readonly MeasuredSlot[], hub: TelemetryHub, metrics: AgentMetrics): () => void {
  const history = new Map(slots.map((slot) => [slot, [] as { at: number; busyMs: number }[]]));

  function busyRatio(slot: MeasuredSlot): number {
    const samples = history.get(slot)!;
    const now = { at: performance.now(), busyMs: slot.busyMs() };
    while (samples.length > 1 && samples[1]!.at <= now.at - windowMs) samples.shift();
    const first = samples[0];
    samples.push(now);
    return first ? Math.min(1, (now.busyMs - first.busyMs) / (now.at - first.at)) : 0;
  }

  async function read(): Promise<void> {
    const gpus = slots.some(({ gpuUuid }) => gpuUuid !== undefined) ? await readGpus() : [];
    for (const [number, slot] of slots.entries()) {
      const label = { slot: String(number) };
      const busy = busyRatio(slot);
      metrics.slotBusy.set(label, busy);
      const gpu = gpus.find(({ uuid }) => uuid === slot.gpuUuid);
      if (gpu?.utilizationRatio != null) metrics.gpuUtilization.set(label, gpu.utilizationRatio);
      if (gpu?.memoryUsedBytes != null) metrics.gpuMemoryUsed.set(label, gpu.memoryUsedBytes);
      if (gpu?.temperatureCelsius != null) metrics.gpuTemperature.set(label, gpu.temperatureCelsius);
      if (gpu?.powerWatts != null) metrics.gpuPower.set(label, gpu.powerWatts);
      hub.publish({
        $case: 'slotReading',
        value: {
          slotId: slot.id,
          busyRatio: busy,
          gpuUtilizationRatio: gpu?.utilizationRatio ?? 0,
          memoryUsedBytes: gpu?.memoryUsedBytes ?? 0,
          temperatureCelsius: gpu?.temperatureCelsius ?? 0,
          powerWatts: gpu?.powerWatts ?? 0,
        },
      });
    }
  }

  void read();
  const timer = setInterval(() => void read(), everyMs);
  return () => clearInterval(timer);
}
