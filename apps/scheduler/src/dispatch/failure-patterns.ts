/**
 * Tells whose fault it is that tasks fail. Many tasks of one residency key that fail alike on several nodes blame the
 * key; one node that fails at several keys blames the node. A success in between clears both.
 */
import { agentProto } from '@atelier/contracts';

const { FailureCause } = agentProto;

/** So many different tasks of a key, on so many nodes, all failing alike, suspend it. */
const tasksToSuspend = 5;
const nodesToSuspend = 2;
/** So many failures of a node, at so many different keys, quarantine it. */
const failuresToQuarantine = 3;
const keysToQuarantine = 2;

export interface ChargedFailure {
  jobId: string;
  taskIndex: number;
  residencyKey: string;
  nodeId: string;
  cause: agentProto.FailureCause;
}

/** What a failure shows, together with those before it. */
export interface Suspicion {
  /** The key is to be suspended; its tasks and nodes that failed alike. */
  key?: { tasks: number; nodes: number };
  /** The node is to be quarantined; its failures and the keys at which it failed. */
  node?: { failures: number; keys: number };
}

interface Streak {
  readonly tasks: Set<string>;
  readonly nodes: Set<string>;
}

export class FailurePatterns {
  /** By residency key and cause. */
  private readonly streaks = new Map<string, Map<agentProto.FailureCause, Streak>>();
  /** By node: how often it failed at which key since it last made a picture. */
  private readonly ofNodes = new Map<string, Map<string, number>>();

  failed({ jobId, taskIndex, residencyKey, nodeId, cause }: ChargedFailure): Suspicion {
    // What is wrong with a request is wrong with no model and no node.
    if (cause === FailureCause.FAILURE_CAUSE_INVALID_REQUEST) return {};
    const byCause = this.streaks.get(residencyKey) ?? new Map<agentProto.FailureCause, Streak>();
    this.streaks.set(residencyKey, byCause);
    const streak = byCause.get(cause) ?? { tasks: new Set(), nodes: new Set() };
    byCause.set(cause, streak);
    streak.tasks.add(`${jobId}/${taskIndex}`);
    streak.nodes.add(nodeId);
    if (streak.tasks.size >= tasksToSuspend && streak.nodes.size >= nodesToSuspend) {
      this.clearKey(residencyKey);
      return { key: { tasks: streak.tasks.size, nodes: streak.nodes.size } };
    }
    const node = this.blameNode(nodeId, residencyKey, cause);
    return node ? { node } : {};
  }

  /** The node made a picture with the key. */
  succeeded(residencyKey: string, nodeId: string): void {
    this.streaks.delete(residencyKey);
    this.ofNodes.delete(nodeId);
  }

  /** Begins anew with a node that was tested. */
  clearNode(nodeId: string): void {
    this.ofNodes.delete(nodeId);
  }

  // A card that is too small for some work is not broken.
  private blameNode(nodeId: string, residencyKey: string, cause: agentProto.FailureCause): Suspicion['node'] {
    if (cause === FailureCause.FAILURE_CAUSE_OUT_OF_MEMORY) return undefined;
    const keys = this.ofNodes.get(nodeId) ?? new Map<string, number>();
    this.ofNodes.set(nodeId, keys);
    keys.set(residencyKey, (keys.get(residencyKey) ?? 0) + 1);
    const failures = [...keys.values()].reduce((sum, count) => sum + count, 0);
    if (keys.size < keysToQuarantine || failures < failuresToQuarantine) return undefined;
    this.ofNodes.delete(nodeId);
    return { failures, keys: keys.size };
  }

  /** Forgets what the key did, to nodes also: they are not to blame for it. */
  private clearKey(residencyKey: string): void {
    this.streaks.delete(residencyKey);
    for (const keys of this.ofNodes.values()) keys.delete(residencyKey);
  }
}
