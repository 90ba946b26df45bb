/** What tasks are predicted to take, learned from every attempt's record and kept in the database. */
import type { RenderClass } from '@atelier/batch';
import { agentProto } from '@atelier/contracts';
import { Predictor, type Cost, type LoadedFrom, type Prediction } from '@atelier/scheduling';
import type { Scheduling } from '@atelier/store';
import type { Logger } from '@atelier/telemetry';
import type { MemoryReckoner } from '../jobs/memory-needs.js';
import { acceptanceKey, workKindOf } from './work-kind.js';

const { LoadTier } = agentProto;

/** A class as far as its cost goes. */
export type Costed = Pick<RenderClass, 'costKey' | 'residencyKey'>;

export interface KnownBeforehand {
  /** What its runs take of memory. */
  reckoner?: MemoryReckoner;
  /** Bytes of its models, where all of them lie here. */
  modelBytes?: number | undefined;
}

/** Predictions are told again once they differ by more than this share of what was told. */
const notable = 0.03;

/** What did not fit is tried again after so long: what else took the memory may be gone. */
export const retryTooLargeMs = 24 * 3600_000;

const loadedFrom: Partial<Record<agentProto.LoadTier, LoadedFrom>> = {
  [LoadTier.LOAD_TIER_CHANGE]: 'change',
  [LoadTier.LOAD_TIER_RAM]: 'ram',
  // What was just written is still in memory.
  [LoadTier.LOAD_TIER_LAN]: 'ram',
};

export class Predictions {
  private readonly predictor = new Predictor();
  /** Costs that were told, by cost key and slot type. */
  private readonly told = new Map<string, Cost>();
  private readonly unsaved = new Map<string, { costKey: string; slotType: string }>();
  /** What is known of classes beforehand, by cost key. */
  private readonly beforehand = new Map<string, KnownBeforehand>();

  constructor(
    private readonly store: Pick<Scheduling, 'predictions' | 'savePredictions'>,
    private readonly logger: Logger,
    /** A prediction has changed. */
    private readonly onChange: (costKey: string, slotType: string, cost: Cost) => void,
  ) {}

  /** Takes up what was learned before the scheduler started. */
  async load(): Promise<void> {
    for (const { costKey, slotType, samples } of await this.store.predictions()) {
      // The residency key is the part of the cost key before the size.
      const residencyKey = costKey.replace(/ \d+x\d+ steps=.*$/s, '');
      this.predictor.restore(workKindOf({ costKey, residencyKey }), slotType, samples);
    }
  }

  of(work: Costed, slotType: string): Prediction {
    const { reckoner, modelBytes } = this.beforehand.get(work.costKey) ?? {};
    return this.predictor.predict(workKindOf(work), slotType, {
      ...(reckoner && { reckoned: (size) => reckoner(slotType, size) }),
      ...(modelBytes !== undefined && { modelBytes }),
    });
  }

  /** What the policy is to be told of a class on each type of slot. */
  costsOf(
    work: Costed,
    slotTypes: Iterable<string>,
    known?: KnownBeforehand,
  ): { costKey: string; slotType: string; cost: Cost }[] {
    this.predictor.note(workKindOf(work));
    const { costKey } = work;
    if (known) this.beforehand.set(costKey, known);
    return [...slotTypes].map((slotType) => {
      const { cost } = this.of(work, slotType);
      this.told.set(keyOf(costKey, slotType), cost);
      return { costKey, slotType, cost };
    });
  }

  /** A picture was made. */
  made(work: Costed, slotType: string, record: agentProto.AttemptRecord): void {
    const { loadSeconds, encodeSeconds, denoiseSeconds, decodeSeconds, uploadSeconds, groupSize } = record;
    const { loadTier, memoryBytes, fetchedBytes, fetchSeconds } = record;
    const runSeconds = encodeSeconds + denoiseSeconds + decodeSeconds;
    if (runSeconds <= 0) return;
    const size = Math.max(1, groupSize);
    this.predictor.learn({
      ...{ ...workKindOf(work), slotType, size, runSeconds, uploadSeconds, memoryBytes },
      endSeconds: encodeSeconds + decodeSeconds,
      // What loads though all of it was there looks up a file or two.
      loadSeconds: loadTier === LoadTier.LOAD_TIER_VRAM ? 0 : loadSeconds,
      loadedFrom: loadedFrom[loadTier] ?? 'disk',
      fetched: { bytes: fetchedBytes, seconds: fetchSeconds },
    });
    this.learned(work, slotType);
  }

  /** A run of `group` tasks found too little memory: it is not tried again for a day, after a restart neither. */
  tooLarge(work: Costed, slotType: string, group: number, at = Date.now()): void {
    this.predictor.tooLarge(workKindOf(work), slotType, group, at);
    this.learned(work, slotType);
  }

  /** What did not fit a day ago or longer is tried again. */
  retryTooLarge(at = Date.now()): void {
    this.lift(at - retryTooLargeMs);
  }

  /** A slot of a type has another engine or driver than before: what did not fit is tried again. */
  renewed(slotType: string): void {
    this.lift(Infinity, slotType);
  }

  /** A slot has drawn the acceptance picture: how it compares with other types, and what loads take there. */
  tested(slotType: string, { loadSeconds, stepSeconds }: { loadSeconds: number; stepSeconds: number }): void {
    if (stepSeconds <= 0) return;
    const kind = workKindOf({ costKey: acceptanceKey, residencyKey: acceptanceKey });
    this.predictor.learn({ ...kind, slotType, size: 1, runSeconds: stepSeconds, loadSeconds, uploadSeconds: 0 });
    this.unsaved.set(keyOf(acceptanceKey, slotType), { costKey: acceptanceKey, slotType });
  }

  /** What a run of `count` tasks is predicted to take; undefined unless its like was measured on such a slot. */
  runOf(work: Costed, slotType: string, count: number): { loadSeconds: number; runSeconds: number } | undefined {
    const { cost, basis } = this.of(work, slotType);
    if (basis !== 'measured') return undefined;
    const run = cost.runs.find(({ size }) => size >= count) ?? cost.runs.at(-1)!;
    return { loadSeconds: cost.loadSeconds.disk, runSeconds: (run.seconds * Math.max(count, run.size)) / run.size };
  }

  private lift(before: number, slotType?: string): void {
    for (const lifted of this.predictor.lift(before, slotType)) this.learned(lifted.kind, lifted.slotType);
  }

  /** Tells and keeps what has changed. */
  private learned(work: Costed, slotType: string): void {
    const { costKey } = work;
    this.unsaved.set(keyOf(costKey, slotType), { costKey, slotType });
    const { cost } = this.of(work, slotType);
    const before = this.told.get(keyOf(costKey, slotType));
    if (before && !differs(before, cost)) return;
    this.told.set(keyOf(costKey, slotType), cost);
    this.onChange(costKey, slotType, cost);
  }

  /** Writes what was learned since it was last written. */
  async save(): Promise<void> {
    const keys = [...this.unsaved.values()];
    this.unsaved.clear();
    const rows = keys.map((key) => ({ ...key, samples: this.predictor.history(key.costKey, key.slotType) }));
    try {
      if (rows.length > 0) await this.store.savePredictions(rows);
    } catch (error) {
      this.logger.warn({ err: error }, 'What was learned of the speed of tasks was not written; it is tried again.');
      for (const key of keys) this.unsaved.set(keyOf(key.costKey, key.slotType), key);
    }
  }
}

const keyOf = (costKey: string, slotType: string) => `${costKey}\n${slotType}`;

function differs(a: Cost, b: Cost): boolean {
  const far = (x: number, y: number) => Math.abs(x - y) > notable * Math.max(x, y);
  if (a.runs.length !== b.runs.length || a.most !== b.most) return true;
  const loads = ({ loadSeconds: { disk, ram, lan }, changeSeconds = 0 }: Cost) => [disk, ram, lan, changeSeconds];
  if (loads(a).some((seconds, i) => far(seconds, loads(b)[i]!))) return true;
  return a.runs.some(({ size, seconds, vramBytes }, i) => {
    const other = b.runs[i]!;
    return size !== other.size || far(seconds, other.seconds) || far(vramBytes, other.vramBytes);
  });
}
