import type { HoldRule, SlotHoldRule } from './rules.js';

/** What the policy is told and what it decides. Times `at` are milliseconds of one monotonic clock, never falling. */

/** A model that a node must have, with the name that sentences use. */
export interface NeededModel {
  name: string;
  sha256: string;
}

/** Tasks of one job that have the same keys; see the batch library for what the keys mean. */
export interface JobClass {
  id: number;
  /** What must be loaded. Its first word names the checkpoint: keys that begin alike change into each other sooner. */
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

/** Where the weights lie from which a slot would load. */
export type Tier = 'ram' | 'disk' | 'lan';

/** One way to run tasks together. */
export interface RunCost {
  /** Tasks in the run. */
  size: number;
  /** Seconds of the whole run: encode, steps and decode of all its tasks. */
  seconds: number;
  /** Memory of the slot that it takes at its peak, weights included; 0 when that is not known. */
  vramBytes: number;
}

/** What tasks of one cost key are predicted to take on one slot type. */
export interface Cost {
  /** Seconds until what the residency key names lies in the slot's memory, from each tier. */
  loadSeconds: Readonly<Record<Tier, number>>;
  /** The same where the slot holds another residency key with the same checkpoint. @default as from the tier */
  changeSeconds?: number;
  /** By ascending size; the first has size 1. Sizes in between are not used. */
  runs: readonly RunCost[];
  /**
   * Most tasks that fit together, where more were seen not to; 0: not even one. A cost without it lifts the limit of
   * one before, and of `out-of-memory`. @default unlimited
   */
  most?: number;
  /** Nothing was measured by which to tell `seconds`. @default false */
  unknown?: boolean;
}

/** What a slot can do. */
export interface SlotAbilities {
  /** Hashes of the models on the node's disk, or all. */
  models: ReadonlySet<string> | 'all';
  /** Hashes of models that the node brings there when it needs them: over the network. @default none */
  fetchable?: ReadonlySet<string>;
  features: ReadonlySet<string> | 'all';
  /** Most tasks that may share a run. */
  maxGroup: number;
  /** Slots of one type have the same device and memory: what is learned on one holds for all. @default 'any' */
  slotType?: string;
  /** @default unlimited */
  vramBytes?: number;
  /** Name of the device, of which jobs may ask for a part. @default `slotType` */
  device?: string;
  /** Words that jobs may ask for. @default none */
  tags?: readonly string[];
  /** Residency keys of which everything is loaded beside the one that was at work last. @default none */
  inVram?: ReadonlySet<string>;
  /** Residency keys whose weights the node holds in RAM. @default none */
  inRam?: ReadonlySet<string>;
  /** Residency keys whose weights lie on the node's disk: others come over the network. @default all */
  onDisk?: ReadonlySet<string>;
  /** Most watts that the slot draws while it works. @default 0 */
  watts?: number;
  /** The enclosure whose watt budget it shares. @default none */
  chassis?: string;
}

/** What a job asks of a slot beside what its pictures need. */
export interface Requirements {
  /** All of these tags. */
  tags?: readonly string[];
  /** A device whose name has one of these in it, in any case. */
  devices?: readonly string[];
  /** A slot with at least so much memory. */
  vramBytes?: number;
}

export interface JobTraits {
  /** @default 'default' */
  project?: string;
  /** @default 'default' */
  user?: string;
  /** A person waits for each picture: ahead of batches. @default false */
  interactive?: boolean;
  /** When its last picture is wanted, on the policy's clock. @default none */
  deadlineAt?: number;
  requires?: Requirements;
}

export type PolicyEvent = { readonly at: number } & (
  | ({
      type: 'job-added';
      jobId: string;
      /** Higher first. */
      priority: number;
      /** Milliseconds of any clock that orders jobs. */
      createdAt: number;
      paused?: boolean;
      classes: readonly JobClass[];
    } & JobTraits)
  /** Cancelled or finished: nothing of it will be assigned any more. */
  | { type: 'job-removed'; jobId: string }
  | { type: 'job-paused'; jobId: string }
  | { type: 'job-resumed'; jobId: string }
  | { type: 'job-priority'; jobId: string; priority: number }
  /**
   * Tasks of an assignment came back, or were retried: they wait again. They avoid the nodes on which they failed.
   * `alone`: they failed in company, and each runs by itself until it is known which of them is to blame.
   */
  | {
      type: 'tasks-returned';
      jobId: string;
      classId: number;
      count: number;
      avoid?: readonly string[];
      alone?: boolean;
    }
  /** A slot that serves. `occupied` of its places hold assignments from before. */
  | ({
      type: 'slot-added';
      slotId: string;
      nodeId: string;
      resident?: string;
      occupied?: number;
      /** As by `slot-held`. */
      held?: SlotHoldRule | null;
    } & SlotAbilities)
  | ({ type: 'slot-changed'; slotId: string } & Partial<SlotAbilities>)
  /** The slot ended an assignment: one of its places is free. `seconds`: what the run really took, for fair shares. */
  | { type: 'slot-free'; slotId: string; seconds?: number }
  /** The residency key that the slot really holds; none after its engine died. */
  | { type: 'slot-loaded'; slotId: string; resident?: string }
  /** Gone, drained or blocked: what it held is returned by events of its own. */
  | { type: 'slot-removed'; slotId: string }
  /** Begins nothing new for as long as a rule of the node holds; null: serves again. What runs goes on. */
  | { type: 'slot-held'; slotId: string; rule: SlotHoldRule | null }
  /**
   * A run of `group` tasks found too little memory there: slots of its type get smaller groups of that cost, or none,
   * until a `cost` says otherwise.
   */
  | { type: 'out-of-memory'; slotId: string; costKey: string; group: number }
  /** Nothing that needs the key is assigned, for the reason in `sentence`, until it is resumed. */
  | { type: 'key-suspended'; residencyKey: string; sentence: string }
  | { type: 'key-resumed'; residencyKey: string }
  /** Assigns nothing anywhere; what runs goes on. */
  | { type: 'farm-paused'; paused: boolean }
  /** Watts that the busy slots of an enclosure may draw together; null: no budget. */
  | { type: 'chassis-budget'; chassis: string; watts: number | null }
  /** What is now predicted of a cost key on a slot type. */
  | { type: 'cost'; costKey: string; slotType: string; cost: Cost }
  /** A project's share of the farm, or a user's of the project. What is left out stays as it is. */
  | ({ type: 'share'; project: string; user?: string } & ShareTerms)
  /** Time went on. Needed about once a second, for the holds that end by the clock. */
  | { type: 'tick' }
);

export interface ShareTerms {
  /** Relative to the others of its level. @default 1 */
  weight?: number;
  /** GPU seconds used so far: what a restart must not forget. */
  usedSeconds?: number;
  /** GPU seconds after which nothing more of it is assigned; null: no end. */
  budgetSeconds?: number | null;
  /** Most slots at a time; null: all. */
  maximumSlots?: number | null;
}

/** Tasks of one class in a run. */
export interface AssignedTasks {
  jobId: string;
  classId: number;
  count: number;
  /** Nodes on which these tasks failed before, sorted; empty for tasks that were never returned with any. */
  avoid: readonly string[];
  /** Tasks that came back to run by themselves. @default false */
  alone?: boolean;
}

/** Tasks go to a slot as one run: `count` of one class, and of others that share the run with it. */
export interface Assign extends AssignedTasks {
  type: 'assign';
  slotId: string;
  /** Of other jobs and users, with the same batch key. */
  joined: readonly AssignedTasks[];
}

/** The slot's node should read this into RAM while the slot works: it is loaded next. */
export interface Prefetch {
  type: 'prefetch';
  slotId: string;
  residencyKey: string;
}

/** A run that another slot is late with is begun here, too. The first result wins; the farm pays. */
export interface Copy {
  type: 'copy';
  slotId: string;
  ofSlotId: string;
  tasks: readonly AssignedTasks[];
}

export type Decision = Assign | Prefetch | Copy;

export interface Waiting {
  rule: HoldRule;
  /** One sentence for people. */
  sentence: string;
}

/** When a job is predicted to end, in seconds from now. */
export interface Forecast {
  seconds: number;
  low: number;
  high: number;
}

/** What must be true of how the farm is run; all have defaults. */
export interface PolicyOptions {
  /** Assignments that a slot holds at once: the one that runs and those it starts without asking. @default 2 */
  placesPerSlot?: number;
  /** Whether late copies of stragglers can be carried out. @default false */
  lateCopies?: boolean;
  /** Whether slots can be told to read the next checkpoint into RAM. @default false */
  prefetch?: boolean;
}

/**
 * Decides which slot does what. Pure and deterministic: equal events give equal decisions. It counts tasks; which
 * task of a class comes next is its owner's to know. Events about jobs or slots that it does not know are ignored.
 */
export interface Policy {
  apply(event: PolicyEvent): Decision[];
  /** Why no task of the job was assigned lately; null when the job has no waiting task or is not known. */
  waitingFor(jobId: string): Waiting | null;
  /** Why the slot does nothing; null when it does something or is not known. */
  idleFor(slotId: string): Waiting | null;
  /** Null when the job has nothing waiting or running, or nothing that serves could run it. */
  forecast(jobId: string): Forecast | null;
  /** Jobs of which a task is assigned before the job's next one; null when it has none waiting. */
  queuePosition(jobId: string): number | null;
}
