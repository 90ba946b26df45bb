import type { HoldRule } from './rules.js';

/** What the policy is told and what it decides. Times `at` are milliseconds of one monotonic clock, never falling. */

/** A model that a node must have, with the name that sentences use. */
export interface NeededModel {
  name: string;
  sha256: string;
}

/** Tasks of one job that have the same keys; see the batch library for what the keys mean. */
export interface JobClass {
  id: number;
  residencyKey: string;
  costKey: string;
  batchKey: string;
  /** Tasks that wait to be assigned. */
  remaining: number;
  models: readonly NeededModel[];
  features: readonly string[];
  /** Never share a run. */
  reproducible: boolean;
}

/** What a slot can do. */
export interface SlotAbilities {
  /** Slots of one type have the same device and memory: what is learned on one holds for all. @default the slot's own id */
  slotType?: string;
  /** Hashes of the models on the node's disk, or all. */
  models: ReadonlySet<string> | 'all';
  features: ReadonlySet<string> | 'all';
  /** Most tasks that may share a run. */
  maxGroup: number;
}

export type PolicyEvent = { readonly at: number } & (
  | {
      type: 'job-added';
      jobId: string;
      /** Higher first. */
      priority: number;
      /** Milliseconds of any clock that orders jobs. */
      createdAt: number;
      paused?: boolean;
      classes: readonly JobClass[];
    }
  /** Cancelled or finished: nothing of it will be assigned any more. */
  | { type: 'job-removed'; jobId: string }
  | { type: 'job-paused'; jobId: string }
  | { type: 'job-resumed'; jobId: string }
  | { type: 'job-priority'; jobId: string; priority: number }
  /** Tasks of an assignment came back, or were retried: they wait again. They avoid the nodes on which they failed. */
  | { type: 'tasks-returned'; jobId: string; classId: number; count: number; avoid?: readonly string[] }
  /** A slot that serves. `occupied` of its places hold assignments from before. */
  | ({ type: 'slot-added'; slotId: string; nodeId: string; resident?: string; occupied?: number } & SlotAbilities)
  | ({ type: 'slot-changed'; slotId: string } & Partial<SlotAbilities>)
  /** The slot ended an assignment: one of its places is free. */
  | { type: 'slot-free'; slotId: string }
  /** The residency key that the slot really holds; none after its engine died. */
  | { type: 'slot-loaded'; slotId: string; resident?: string }
  /** A run of `group` tasks found too little memory there: slots of its type get smaller groups of that cost, or none. */
  | { type: 'out-of-memory'; slotId: string; costKey: string; group: number }
  /** Its tasks fail wherever they run: none is given out until `key-resumed`. */
  | { type: 'key-suspended'; residencyKey: string; sentence: string }
  | { type: 'key-resumed'; residencyKey: string }
  /** Gone, drained or blocked: what it held is returned by events of its own. */
  | { type: 'slot-removed'; slotId: string }
  /** Time went on. Needed about once a second, for the holds that end by the clock. */
  | { type: 'tick' }
);

/** `count` tasks of one class go to a slot as one run. */
export interface Assign {
  type: 'assign';
  slotId: string;
  jobId: string;
  classId: number;
  count: number;
  /** Nodes on which these tasks failed before, sorted; empty for tasks that were never returned with any. */
  avoid: readonly string[];
}

export type Decision = Assign;

export interface Waiting {
  rule: HoldRule;
  /** One sentence for people. */
  sentence: string;
}

/**
 * Decides which slot does what. Pure and deterministic: equal events give equal decisions. It counts tasks; which
 * task of a class comes next is its owner's to know. Events about jobs or slots that it does not know are ignored.
 */
export interface Policy {
  apply(event: PolicyEvent): Decision[];
  /** Why no task of the job was assigned lately; null when the job has no waiting task or is not known. */
  waitingFor(jobId: string): Waiting | null;
}
