/** An assignment on its way through a slot. */
import type { agentProto } from '@atelier/contracts';
import type { RenderRequest } from '@atelier/diffusion';

export class Work {
  /** Attempts whose pictures somebody still wants and that are not spooled yet. */
  readonly wanted: Set<string>;
  private readonly cancel = new AbortController();

  constructor(
    readonly leases: readonly agentProto.Lease[],
    readonly request: RenderRequest,
  ) {
    this.wanted = new Set(leases.map(({ attemptId }) => attemptId));
  }

  /** Hash of the checkpoint that it needs. */
  get checkpoint(): string {
    return this.leases[0]!.request!.checkpoint!.sha256;
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
