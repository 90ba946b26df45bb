import { monotonicMs } from '../clock.js';

/** After a timer of a busy or suspended process fired: so long it reads what had arrived meanwhile. */
const readFirstMs = 20;

/**
 * Tells when a node has been silent for the length of a lease. The clock of a node starts when it is first watched, so
 * a scheduler that has just started lets nothing lapse before it has been up for that long.
 */
export class LeaseClock {
  private readonly nodes = new Map<string, { heardAt: number; timer: NodeJS.Timeout }>();

  constructor(
    private readonly leaseMs: number,
    private readonly onSilent: (nodeId: string) => void,
  ) {}

  /** Begins to watch a node, or notes that it was heard of. */
  heard(nodeId: string): void {
    const node = this.nodes.get(nodeId);
    if (node) node.heardAt = monotonicMs();
    else this.nodes.set(nodeId, { heardAt: monotonicMs(), timer: this.wait(nodeId, this.leaseMs) });
  }

  close(): void {
    for (const { timer } of this.nodes.values()) clearTimeout(timer);
    this.nodes.clear();
  }

  // One timer a node, set anew only when it fires: a message costs no more than a number.
  private wait(nodeId: string, ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      const node = this.nodes.get(nodeId)!;
      node.timer = setTimeout(() => this.judge(nodeId), readFirstMs);
    }, ms);
  }

  private judge(nodeId: string): void {
    const node = this.nodes.get(nodeId)!;
    const left = node.heardAt + this.leaseMs - monotonicMs();
    if (left > 0) {
      node.timer = this.wait(nodeId, left);
    } else {
      this.nodes.delete(nodeId);
      this.onSilent(nodeId);
    }
  }
}
