/** An assignment on its way through a slot. */
import { modelsOf } from '@atelier/batch';
import type { agentProto } from '@atelier/contracts';
import type { PlannedRun } from './plan-run.js';
import { loadImages, type AssetSource, type Images } from './run-images.js';
import type { StageSeconds } from './stage-times.js';

export class Work {
  /** Attempts whose pictures somebody still wants and that are not spooled yet. */
  readonly wanted: Set<string>;
  /** What the scheduler expects its stages to take. */
  predicted: StageSeconds = {};
  /** What it needs loaded, in the scheduler's words; empty where the scheduler has not said. */
  residencyKey = '';
  private readonly cancel = new AbortController();

  /** The pictures that the run looks at: asked for at once, so that they are there when its turn comes. */
  private readonly images: Promise<Images>;

  constructor(
    readonly leases: readonly agentProto.Lease[],
    readonly run: PlannedRun,
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

  /** The run's pictures, once they are there. Rejects with a Refusal for one that does not come, or when the run shall end early. */
  brought(): Promise<Images> {
    const ended = new Promise<never>((_, reject) => {
      const stop = () => reject(new Error(this.reason));
      if (this.signal.aborted) stop();
      else this.signal.addEventListener('abort', stop, { once: true });
    });
    return Promise.race([this.images, ended]);
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
