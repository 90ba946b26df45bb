/** What slots use of electricity: added up from their readings, and booked to the jobs that they work for. */
import type { agentProto, ProgressView } from '@atelier/contracts';
import type { Energy } from '@atelier/store';
import type { Logger } from '@atelier/telemetry';
import { cached } from '../cached.js';
import { monotonicMs } from '../clock.js';

/** A slot that said nothing for longer has used nothing that we know of. */
const longestSilenceMs = 60_000;
const toldForMs = 5000;
/** Energy that was used for no job. */
const noJob = '';

export interface EnergyMeterParts {
  store: Energy;
  logger: Logger;
  /** What a slot works at. */
  workOf(nodeId: string, slotId: string): readonly ProgressView[];
  onUsed(wattHours: number): void;
}

export class EnergyMeter {
  private readonly readAt = new Map<string, number>();
  private readonly wattsAtWork = new Map<string, number>();
  /** Watt hours since they were last written, by job. */
  private unsaved = new Map<string, number>();
  private readonly stored = cached(toldForMs, () => this.parts.store.since(midnight()));

  constructor(private readonly parts: EnergyMeterParts) {}

  /** Books what a slot has used since its reading before. */
  reading(nodeId: string, { slotId, powerWatts }: Pick<agentProto.SlotReading, 'slotId' | 'powerWatts'>): void {
    const slot = `${nodeId}/${slotId}`;
    const [before, now] = [this.readAt.get(slot), monotonicMs()];
    this.readAt.set(slot, now);
    // Zero is how an agent says that nothing tells it.
    if (powerWatts <= 0) return;
    const jobs = this.parts
      .workOf(nodeId, slotId)
      .filter(({ stage }) => stage !== 'upload')
      .map(({ jobId }) => jobId);
    if (jobs.length > 0) this.wattsAtWork.set(slot, powerWatts);
    if (before === undefined || now - before > longestSilenceMs) return;
    const wattHours = (powerWatts * (now - before)) / 3600_000;
    for (const jobId of jobs.length > 0 ? jobs : [noJob]) this.book(jobId, wattHours / Math.max(1, jobs.length));
    this.parts.onUsed(wattHours);
  }

  /** Watts of a slot when it last worked; null while it has not told. */
  wattsOf(nodeId: string, slotId: string): number | null {
    return this.wattsAtWork.get(`${nodeId}/${slotId}`) ?? null;
  }

  /** Watt hours of the farm since midnight, within the last seconds; null when no node told of any. */
  async today(): Promise<number | null> {
    return plus(await this.stored(), sum([...this.unsaved.values()]));
  }

  /** Watt hours of a job so far; null when no node told of any. */
  async ofJob(jobId: string): Promise<number | null> {
    return plus(await this.parts.store.ofJob(jobId), this.unsaved.get(jobId) ?? 0);
  }

  /** Writes what was used since it was last written. */
  async save(): Promise<void> {
    const uses = [...this.unsaved].map(([jobId, wattHours]) => ({ jobId, wattHours }));
    this.unsaved = new Map();
    try {
      if (uses.length > 0) await this.parts.store.add(uses);
    } catch (error) {
      this.parts.logger.warn({ err: error }, 'What was used of electricity was not written; it is tried again.');
      for (const { jobId, wattHours } of uses) this.book(jobId, wattHours);
    }
  }

  private book(jobId: string, wattHours: number): void {
    this.unsaved.set(jobId, (this.unsaved.get(jobId) ?? 0) + wattHours);
  }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const plus = (stored: number | null, more: number) => (stored === null && more === 0 ? null : (stored ?? 0) + more);

/** The last midnight where the scheduler stands. */
function midnight(): Date {
  const now = new Date();
  return new Date(now.getFullYear(), now.getMonth(), now.getDate());
}
