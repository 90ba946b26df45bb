/** One slot: what runs, what waits behind it, and why it does not take more. */
import type { EventEmitter } from 'node:events';
import { modelsOf } from '@atelier/batch';
import { agentProto } from '@atelier/contracts';
import type { Engine, EngineDevice } from '@atelier/diffusion';
import { EngineError } from '@atelier/diffusion';
import type { AgentMetrics, Logger } from '@atelier/telemetry';
import type { Outgoing } from '../link/session.js';
import type { ModelFetcher } from '../node/model-fetcher.js';
import type { WeightsInMemory } from '../node/weights-in-memory.js';
import type { TelemetryHub } from '../telemetry/telemetry.js';
import type { EngineSupervisor } from './engine-supervisor.js';
import { failureCauseOf } from './failure-cause.js';
import type { FinishedRun } from './finished-picture.js';
import type { PictureStore } from './picture-store.js';
import { planRun, type Means } from './plan-run.js';
import { Refusal } from './refusal.js';
import type { AssetSource } from './run-images.js';
import { renderWork } from './render-work.js';
import { Residency } from './residency.js';
import { StageTimes, type StageSeconds } from './stage-times.js';
import { renderLimits, type RenderLimits } from './watchdog.js';
import { watchMemory } from './watch-memory.js';
import { nothingFetched, Work } from './work.js';

const { DrainMode, FailureCause, LoadTier, SlotState } = agentProto;

export interface SlotOptions {
  id: string;
  engine: EngineSupervisor;
  means: Means;
  /** Where the images of tasks come from. */
  assets: AssetSource;
  /** What of their weights the node has in memory. */
  weights: Pick<WeightsInMemory, 'has' | 'keys' | 'note'> & EventEmitter<{ changed: [] }>;
  /** Brings models that the node lacks. */
  models: Pick<ModelFetcher, 'canFetch' | 'bring' | 'used'>;
  /** Bytes that are taken of its card's memory now; null where nothing tells. */
  readMemory(): Promise<number | null>;
  store: Pick<PictureStore, 'trouble' | 'keep'> & EventEmitter<{ changed: [] }>;
  send(message: Outgoing): void;
  /** Whether the leases of what waits still hold. */
  mayStart(): boolean;
  hub: TelemetryHub;
  metrics: AgentMetrics;
  log: Logger;
  /** An engine that had nothing to do for so long lets go of its networks. */
  idleUnloadMs: number;
  limits?: RenderLimits;
}

/** Longest time for letting go of what is loaded. */
const unloadMs = 20_000;

/** One assignment runs, one waits. */
const capacity = 2;

export class Slot {
  private readonly queue: Work[] = [];
  private running: Work | undefined;
  private readonly finishing = new Set<Work>();
  private readonly times = new StageTimes();
  private readonly residency = new Residency();
  private borrowed = false;
  private readonly borrowers: (() => void)[] = [];
  private drain: agentProto.DrainMode = DrainMode.DRAIN_MODE_UNSPECIFIED;
  private loadedCheckpoint = '';
  private busyBefore = 0;
  private busySince: number | undefined;
  private idleTimer: NodeJS.Timeout | undefined;
  private lastStatus = '';

  constructor(private readonly options: SlotOptions) {
    options.engine.on('changed', () => {
      if (!options.engine.engine) this.loadedCheckpoint = '';
      this.turn();
    });
    options.store.on('changed', () => this.turn());
    options.weights.on('changed', () => this.turn());
  }

  get id(): string {
    return this.options.id;
  }

  get device(): EngineDevice | undefined {
    return this.options.engine.device;
  }

  get enginePid(): number | undefined {
    return this.options.engine.engine?.pid;
  }

  /** Milliseconds that the slot has rendered since the agent began. */
  busyMs(): number {
    return this.busyBefore + (this.busySince === undefined ? 0 : performance.now() - this.busySince);
  }

  /** Attempts that are held here: queued, running, or on their way to the spool. */
  heldAttempts(): string[] {
    return [...this.startedAttempts(), ...this.queue.flatMap(({ wanted }) => [...wanted])];
  }

  /** Hashes of the models that they need. */
  neededModels(): string[] {
    return [...this.queue, ...(this.running ? [this.running] : [])].flatMap(({ models }) => models);
  }

  /** Those of them whose run has begun. */
  startedAttempts(): string[] {
    return [...this.finishing, ...(this.running ? [this.running] : [])].flatMap(({ wanted }) => [...wanted]);
  }

  /**
   * Takes an assignment, or throws a Refusal. `turn` starts it.
   * @param predicted what its stages are expected to take
   * @param residencyKey what it needs loaded, in the scheduler's words
   */
  accept(leases: readonly agentProto.Lease[], predicted: StageSeconds = {}, residencyKey = ''): void {
    const held = new Set(this.heldAttempts());
    // Sent again after a broken session: it is here already.
    if (leases.length > 0 && leases.every(({ attemptId }) => held.has(attemptId))) return;
    if (this.drain !== DrainMode.DRAIN_MODE_UNSPECIFIED) throw givenBack('The node drains.');
    const busy = this.running && !this.running.signal.aborted ? 1 : 0;
    if (busy + this.queue.length >= capacity)
      throw givenBack(`The slot ${this.id} has one assignment running and one waiting already.`);
    this.queue.push(this.plan(leases, predicted, residencyKey));
  }

  /**
   * Ends the right of those of the attempts that are held here. Not started: dropped. Running: cancelled between two
   * steps when nothing else of its run is wanted, else its picture is discarded.
   */
  revoke(attemptIds: ReadonlySet<string>, reason: string): void {
    for (const work of [...this.queue, ...this.finishing, ...(this.running ? [this.running] : [])]) {
      const mine = [...work.wanted].filter((id) => attemptIds.has(id));
      const whole = mine.length === work.wanted.size;
      if (work === this.running && whole && mine.length > 0) work.giveBack(reason);
      else for (const id of mine) this.letGo(work, id, FailureCause.FAILURE_CAUSE_REVOKED, reason);
    }
    for (const [place, work] of [...this.queue.entries()].reverse())
      if (work.wanted.size < work.leases.length) this.queue.splice(place, 1, ...this.without(work));
    this.turn();
  }

  /** What waits, without those of its attempts that nobody wants any more: they are not drawn. */
  private without({ leases, wanted, predicted, residencyKey }: Work): Work[] {
    const left = leases.filter(({ attemptId }) => wanted.has(attemptId));
    if (left.length === 0) return [];
    return [this.plan(left, predicted, residencyKey)];
  }

  /** Throws a Refusal. Models that the node lacks are on their way then, as pictures are. */
  private plan(leases: readonly agentProto.Lease[], predicted: StageSeconds, residencyKey: string): Work {
    const { means, assets, models } = this.options;
    const request = leases[0]?.request;
    const lacking = request && models.canFetch ? modelsOf(request).filter(({ sha256 }) => !means.pathOf(sha256)) : [];
    const absent = new Set(lacking.map(({ sha256 }) => sha256));
    const pathOf = (sha256: string) => means.pathOf(sha256) ?? (absent.has(sha256) ? sha256 : undefined);
    const work = new Work(leases, planRun(leases, { ...means, pathOf }), assets);
    Object.assign(work, { predicted, residencyKey });
    if (absent.size > 0) work.awaits(models.bring([...absent]), () => planRun(leases, means));
    return work;
  }

  /** Begins or ends a drain; `reason` is told with what is given back. */
  setDrain(mode: agentProto.DrainMode, reason = 'The node drains.'): void {
    this.drain = mode;
    if (mode !== DrainMode.DRAIN_MODE_UNSPECIFIED) {
      for (const work of this.queue.splice(0)) this.fail(work, FailureCause.FAILURE_CAUSE_REVOKED, reason);
      if (mode === DrainMode.DRAIN_MODE_NOW) this.running?.giveBack(reason);
      if (!this.running) void this.unload();
    }
    this.turn();
  }

  /**
   * Lends the engine to `use` for something that is no assignment, between two of those. Rejects where no engine comes
   * up within `patienceMs`, with what keeps it.
   */
  async borrow<T>(use: (engine: Engine) => Promise<T>, patienceMs: number): Promise<T> {
    const engine = await this.lend(patienceMs);
    try {
      return await use(engine);
    } catch (error) {
      await this.mourn(engine, error);
      throw error;
    } finally {
      this.borrowed = false;
      this.rest();
      this.turn();
    }
  }

  /** Looks whether something can start, and tells the scheduler what has changed. */
  turn(): void {
    const { engine, store, mayStart } = this.options;
    const next = this.queue[0];
    const idle = !this.running && !this.borrowed && engine.engine;
    const free = idle && store.trouble === '';
    if (idle && this.borrowers.length > 0) {
      this.borrowed = true;
      this.borrowers.shift()!();
    } else if (next && free && mayStart()) {
      this.queue.shift();
      void this.run(next, engine.engine!);
    }
    this.tell();
  }

  status(): agentProto.SlotStatus {
    const { engine, store } = this.options;
    return {
      slotId: this.id,
      state: this.state(),
      reason: store.trouble || engine.trouble,
      loadedCheckpoint: this.loadedCheckpoint,
      attemptIds: this.heldAttempts(),
      enginePid: engine.engine?.pid ?? 0,
      loadedKeys: this.residency.keys(engine.engine?.loaded ?? []),
      memoryKeys: this.options.weights.keys,
    };
  }

  private state(): agentProto.SlotState {
    const { engine, store } = this.options;
    if (store.trouble !== '' || engine.trouble !== '') return SlotState.SLOT_STATE_BLOCKED;
    if (this.running || this.borrowed) return SlotState.SLOT_STATE_BUSY;
    if (this.drain !== DrainMode.DRAIN_MODE_UNSPECIFIED) return SlotState.SLOT_STATE_DRAINED;
    if (!engine.engine) return SlotState.SLOT_STATE_STARTING;
    return this.queue.length > 0 ? SlotState.SLOT_STATE_BUSY : SlotState.SLOT_STATE_IDLE;
  }

  private async run(work: Work, engine: Engine): Promise<void> {
    this.running = work;
    this.busySince = performance.now();
    clearTimeout(this.idleTimer);
    for (const attemptId of work.wanted) this.options.send({ $case: 'attemptStarted', value: { attemptId } });
    try {
      const finished = await this.render(work, engine);
      this.finishing.add(work);
      void this.finish(work, finished);
    } catch (error) {
      await this.mourn(engine, error);
      if (work.reason !== undefined) this.fail(work, FailureCause.FAILURE_CAUSE_REVOKED, work.reason);
      else this.fail(work, failureCauseOf(error), (error as Error).message);
    }
    this.busyBefore = this.busyMs();
    this.busySince = undefined;
    this.running = undefined;
    this.rest();
    this.turn();
  }

  /** Nothing runs: what is loaded is let go of after a while, or at once in a drain. */
  private rest(): void {
    clearTimeout(this.idleTimer);
    if (this.drain !== DrainMode.DRAIN_MODE_UNSPECIFIED) void this.unload();
    this.idleTimer = setTimeout(() => void this.unload(), this.options.idleUnloadMs).unref();
  }

  private lend(patienceMs: number): Promise<Engine> {
    return new Promise((resolve, reject) => {
      const granted = () => {
        clearTimeout(timer);
        resolve(this.options.engine.engine!);
      };
      const timer = setTimeout(() => {
        this.borrowers.splice(this.borrowers.indexOf(granted), 1);
        reject(new Error(this.options.engine.trouble || `The slot ${this.id} was busy for ${patienceMs / 1000} s.`));
      }, patienceMs);
      this.borrowers.push(granted);
      this.turn();
    });
  }

  private async render(work: Work, engine: Engine): Promise<FinishedRun> {
    const { hub, metrics, limits = renderLimits } = this.options;
    const startedAt = new Date();
    const onStage = (stage: string) => {
      if (stage === 'denoise') this.loadedCheckpoint = work.checkpoint;
      this.tell();
    };
    const fetched = work.isFetching ? await work.fetched() : nothingFetched;
    const networksBefore = networksOf(engine);
    const loadTier = fetched.bytes > 0 ? LoadTier.LOAD_TIER_LAN : this.tierOf(work, engine);
    const memory = watchMemory(this.options.readMemory);
    const watchers = { hub, metrics, times: this.times };
    const result = await renderWork(engine, work, watchers, onStage, limits).finally(() => memory());
    this.residency.ran(work.residencyKey, result.networks);
    void this.options.weights.note(work.residencyKey, work.models);
    void this.options.models.used(work.models);
    work.signal.throwIfAborted();
    if (result.pictures.length !== work.leases.length)
      throw new EngineError(
        'corrupt_output',
        `the engine gave ${result.pictures.length} pictures for ${work.leases.length}`,
      );
    for (const warning of result.warnings)
      this.options.log.warn({ attemptIds: [...work.wanted], warning }, 'a run has a warning');
    if (networksOf(engine) !== networksBefore) metrics.modelLoad.observe(result.secondsLoad);
    const peak = engine.device.provider === 'cpu' ? result.peakBytes : memory();
    const memoryBytes = Math.max(0, peak - result.idleBytes);
    return { result, device: engine.device, startedAt, finishedAt: new Date(), loadTier, memoryBytes, fetched };
  }

  /** Where what a run needs lies before it begins. */
  private tierOf({ residencyKey, checkpoint, models }: Work, { loaded }: Engine): agentProto.LoadTier {
    if (residencyKey === '') return LoadTier.LOAD_TIER_UNSPECIFIED;
    if (this.residency.keys(loaded).includes(residencyKey)) return LoadTier.LOAD_TIER_VRAM;
    if (this.loadedCheckpoint === checkpoint) return LoadTier.LOAD_TIER_CHANGE;
    return this.options.weights.has(models) ? LoadTier.LOAD_TIER_RAM : LoadTier.LOAD_TIER_DISK;
  }

  /** After a crash nothing is left to trust: the process goes, and the supervisor starts another. */
  private async mourn(engine: Engine, error: unknown): Promise<void> {
    if (!(error instanceof EngineError) || error.code !== 'crashed') return;
    engine.kill();
    await engine.exited;
  }

  private async finish(work: Work, finished: FinishedRun): Promise<void> {
    for (const [index, lease] of work.leases.entries()) {
      try {
        await this.options.store.keep(work, lease, index, finished);
        work.wanted.delete(lease.attemptId);
      } catch (error) {
        const message = `The picture cannot be encoded: ${(error as Error).message}.`;
        this.letGo(work, lease.attemptId, FailureCause.FAILURE_CAUSE_CORRUPT_OUTPUT, message);
      }
    }
    this.finishing.delete(work);
    this.tell();
  }

  private fail(work: Work, cause: agentProto.FailureCause, message: string): void {
    for (const attemptId of work.wanted) this.letGo(work, attemptId, cause, message);
  }

  /** The attempt is held here no longer, and gave no picture. */
  private letGo(work: Work, attemptId: string, cause: agentProto.FailureCause, message: string): void {
    work.wanted.delete(attemptId);
    this.options.log.warn({ attemptId, cause: FailureCause[cause], message }, 'an attempt gave no picture');
    this.options.send({ $case: 'attemptFailed', value: { attemptId, cause, message } });
  }

  private async unload(): Promise<void> {
    const { engine } = this.options.engine;
    // An engine that is gone has let go of everything, and one that does not let go is made to.
    const bound = setTimeout(() => engine?.kill(), unloadMs);
    await engine?.release().catch(() => undefined);
    clearTimeout(bound);
    if (this.running || this.borrowed) return;
    this.loadedCheckpoint = '';
    this.tell();
  }

  private tell(): void {
    const status = this.status();
    const text = JSON.stringify(status);
    if (text === this.lastStatus) return;
    this.lastStatus = text;
    this.options.send({ $case: 'slotStatus', value: status });
  }
}

/** Names what an engine has loaded, in whatever order. */
const networksOf = ({ loaded }: Engine) =>
  loaded
    .map(({ key }) => key)
    .sort()
    .join('\n');

const givenBack = (message: string) => new Refusal(FailureCause.FAILURE_CAUSE_REVOKED, message);
