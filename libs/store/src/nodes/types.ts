import type { NodeState } from '@atelier/contracts';

/** The latest acceptance test of a node. */
export interface NodeTest {
  /** What was tested: engine, devices and drivers. Another text needs another test. */
  subject: string;
  /** ISO 8601. */
  at: string;
  outcome: 'passed' | 'failed' | 'skipped';
  /** In a sentence: what was seen, what differs, or why nothing was drawn. */
  message: string;
  slots: {
    slotId: string;
    /** Largest difference of a channel from the reference, in levels of 255. */
    largestDifference: number;
    loadSeconds: number;
    stepSeconds: number;
  }[];
}

export interface FarmNode {
  id: string;
  name: string;
  state: NodeState;
  /** Why it is in this state, in a sentence. */
  reason: string | null;
  /** host:port of its gRPC server; empty until it has registered. */
  address: string;
  /** `Inventory` of the agent's protocol as JSON; null until it has registered. */
  inventory: Record<string, unknown> | null;
  /** What came of its latest acceptance test; null until it was tested. */
  test: NodeTest | null;
  /** Serial number of its present certificate, hex. */
  certificateSerial: string;
  engineBuild: string;
  joinedAt: Date;
  lastSeenAt: Date | null;
}

export interface Nodes {
  /** A node that joined, as `joining`. Logs `node.changed`. */
  join(node: { id: string; name: string; certificateSerial: string }): Promise<FarmNode>;
  /** Changes what is given, sets `lastSeenAt`, logs `node.changed`. Throws `not_found`. */
  update(
    id: string,
    change: Partial<
      Pick<
        FarmNode,
        'name' | 'state' | 'reason' | 'address' | 'inventory' | 'test' | 'certificateSerial' | 'engineBuild'
      >
    >,
  ): Promise<FarmNode>;
  /** Notes that nodes were heard of now, without an event. */
  seen(ids: string[]): Promise<void>;
  get(id: string): Promise<FarmNode | null>;
  /** By name. */
  list(): Promise<FarmNode[]>;
}
