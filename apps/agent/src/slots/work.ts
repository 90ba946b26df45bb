/** An assignment on its way through a slot. */
import { modelsOf } from '@atelier/batch';
import type { agentProto } from '@atelier/contracts';
import type { Fetched } from '../node/model-fetcher.js';
import type { PlannedRun } from './plan-run.js';
import { loadImages, type AssetSource, type Images } from './run-images.js';
import type { StageSeconds } from './stage-times.js';

export const nothingFetched: Fetched = { bytes: 0, seconds: 0 };

export class Work {
  /** Attempts whose pictures somebody still wants and that are not spooled yet. */
  readonly wanted: Set<string>;
  /** What the scheduler expects its stages to take. */
  predicted: StageSeconds = {};
  /** What it needs loaded, in the scheduler's words; empty where the scheduler has not said. */
  residencyKey = '';
  private readonly cancel = new AbortController();
  private fetching: { models: Promise<Fetched>; replan: () => PlannedRun } | undefined;

  /** The pictures that the run looks at: asked for at once, so that they are there when its turn comes. */
  private readonly images: Promise<Images>;

  constructor(
    readonly leases: readonly agentProto.Lease[],
    public run: PlannedRun,
    assets: AssetSource,
  ) {
    this.wanted = new Set(leases.map(({ attemptId }) => attemptId));
    this.images = loadImages(run.assets, assets);
    // What did not arrive is told when the run would begin.
    this.images.catch(() => undefined);
  }

  /** Hash of the checkpoint that it needs. */
  get checkpoint(): string {
    return this.leases[0]!.request!.checkpoint!.sha256;
  }

  /** Hashes of all models that it needs. */
  get models(): readonly string[] {
    return modelsOf(this.leases[0]!.request!).map(({ sha256 }) => sha256);
  }

  /** Models of the run are on their way to this node. @param replan plans it once they are there */
  awaits(models: Promise<Fetched>, replan: () => PlannedRun): void {
    this.fetching = { models, replan };
    // What did not arrive is told when the run would begin.
    models.catch(() => undefined);
  }

  get isFetching(): boolean {
    return this.fetching !== undefined;
  }

  /** What was fetched for it, once that is there. Rejects as `brought` does. */
  async fetched(): Promise<Fetched> {
    if (!this.fetching) return nothingFetched;
    const fetched = await this.unlessEnded(this.fetching.models);
    this.run = this.fetching.replan();
    return fetched;
  }

  /** The run's pictures, once they are there. Rejects with a Refusal for one that does not come, or when the run shall end early. */
  brought(): Promise<Images> {
    return this.unlessEnded(this.images);
  }

  private unlessEnded<T>(coming: Promise<T>): Promise<T> {
    const ended = new Promise<never>((_, reject) => {
      const stop = () => reject(new Error(this.reason));
      if (this.signal.aborted) stop();
      else this.signal.addEventListener('abort', stop, { once: true });
    });
    return Promise.race([coming, ended]);
  }

  /** Aborted when the run shall end early. */
  get signal(): AbortSignal {
    return this.cancel.signal;
  }

  /** Ends the run between two steps; what is wanted of it is given back with `reason`. */
  giveBack(reason: string): void {
    this.cancel.abort(reason);
  }

  /** Why the attempts are given back, when they are. */
  get reason(): string | undefined {
    return this.signal.aborted ? String(this.signal.reason) : undefined;
  }
}
