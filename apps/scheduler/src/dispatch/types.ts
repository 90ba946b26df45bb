/** What the dispatcher holds in memory, and what it needs of others. */
import type { Expansion } from '@atelier/batch';
import type { agentProto } from '@atelier/contracts';
import type { Requirements, SlotHoldRule } from '@atelier/scheduling';
import type { ClassCursor, LiveAttempt, ReturnedTask } from '@atelier/store';
import type { TaskQueue } from './task-queue.js';

/** A job with work left, as the dispatcher takes it up: new, or after a restart or a retry. */
export interface QueuedJob {
  id: string;
  priority: number;
  createdAt: Date;
  paused: boolean;
  expansion: Expansion;
  cursors: readonly ClassCursor[];
  returned: readonly ReturnedTask[];
  /** Attempts that hold a lease from before. */
  live: readonly LiveAttempt[];
  project?: string | undefined;
  /** Whoever submitted it; empty where that is not known. */
  user?: string | undefined;
  deadline?: Date | null | undefined;
  /** Somebody waits for its pictures. */
  interactive?: boolean | undefined;
  requires?: Requirements | undefined;
  /** Jobs that must be completed before it begins. */
  dependsOn?: readonly string[] | undefined;
}

/** What went wrong with a task so far. */
export interface TaskHistory {
  /** Attempts that failed. What was nobody's fault (a lost node, a revocation) is not counted. */
  readonly failures: number;
  /** Nodes on which one failed, each once. */
  readonly failedNodes: readonly string[];
  /** Nodes that said that they cannot do it, each once. */
  readonly refusedBy: readonly string[];
  /** It failed together with others of its run: it is tried again by itself. */
  readonly alone?: boolean;
}

export const cleanHistory: TaskHistory = { failures: 0, failedNodes: [], refusedBy: [] };

/** A task that waits to be leased. */
export interface WaitingTask {
  readonly taskIndex: number;
  readonly classId: number;
  /** Place in its class of a task that was never leased. */
  readonly ordinal?: number | undefined;
  readonly history: TaskHistory;
}

/** A task that rests after a failure. */
export interface RestingTask {
  readonly task: WaitingTask;
  /** On the monotonic clock, ms. */
  readonly until: number;
  /** What failed, in a sentence. */
  readonly message: string;
  readonly timer: NodeJS.Timeout;
}

export interface ActiveJob {
  readonly id: string;
  readonly expansion: Expansion;
  readonly queue: TaskQueue;
  readonly project: string;
  readonly user: string;
  readonly requires: Requirements;
  readonly deadline: Date | null;
  /** Whether somebody paused it. */
  paused: boolean;
  /** By task index. */
  readonly resting: Map<number, RestingTask>;
}

/** The way to a node while its session stands. */
export interface NodeLink {
  send(message: NonNullable<agentProto.SessionRequest['message']>): void;
}

/** What is told of a slot beside what its node can do. */
export interface SlotTerms {
  readonly tags: readonly string[];
  /** Name of its device. */
  readonly device: string;
  readonly vramBytes: number;
  /** Most that it draws while it works. */
  readonly watts: number;
  /** The enclosure whose watt budget it shares; empty: none. */
  readonly chassis: string;
  /** The limit that keeps it from beginning something. */
  readonly held: SlotHoldRule | null;
}

/** What a node can do. */
export interface NodeAbilities {
  /** Hashes of the models on its disk. */
  readonly models: ReadonlySet<string>;
  readonly features: ReadonlySet<string>;
  /** Whether it brings models that it lacks from the scheduler's machine. @default false */
  readonly fetches?: boolean;
  /** What kind of device each slot has, by slot id: what is learned on one holds for all of the kind. */
  readonly slotTypes?: ReadonlyMap<string, string>;
}

/** A node with a session. */
export interface ActiveNode extends NodeAbilities {
  readonly id: string;
  readonly link: NodeLink;
  draining: boolean;
  /** Gets nothing until it is admitted: it is tested, or about to be. */
  held: boolean;
  /** By slot key. */
  readonly slots: Map<string, ActiveSlot>;
}

export interface ActiveSlot {
  /** Whether the agent says that it takes work. */
  serving: boolean;
  /** Whether it is about to be empty: its engine still has something to let go of. */
  unloading: boolean;
  /** Whether the policy knows it: it serves and its node is neither draining nor held. */
  offered: boolean;
  /** Residency key that its engine holds, as far as is known. */
  resident?: string | undefined;
  /** As last told to the policy. */
  terms?: SlotTerms | undefined;
  /** Residency keys of which everything is loaded, and of those whose weights the node has in memory, as it last said. */
  held: { inVram: readonly string[]; inRam: readonly string[] };
}

/**
 * `leasing`: decided here, not yet in the database. `letting-go`: its right is gone, the agent has not said yet that it
 * stopped. The others are the database's words; `uploading` is running with its picture made.
 */
export type AttemptPhase = 'leasing' | 'leased' | 'running' | 'uploading' | 'lapsed' | 'letting-go';

export interface Attempt extends WaitingTask {
  history: TaskHistory;
  readonly id: string;
  readonly jobId: string;
  readonly nodeId: string;
  readonly assignment: Assignment;
  /** Another attempt was at the task when this one was decided. */
  readonly copy?: boolean;
  phase: AttemptPhase;
}

/** What is pushed to a slot at once. It holds one place of the slot until the engine has ended all its attempts. */
export interface Assignment {
  readonly id: string;
  readonly slotKey: string;
  /** Ids of attempts. */
  readonly open: Set<string>;
  /** Tasks that share the run. */
  size: number;
  /** When its run was said to have begun, on the monotonic clock, ms. */
  begunAt?: number;
}

/** A slot among all slots of the farm: agents number theirs by themselves. */
export const slotKeyOf = (nodeId: string, slotId: string): string => `${nodeId}/${slotId}`;
export const slotIdOf = (slotKey: string): string => slotKey.slice(slotKey.indexOf('/') + 1);
export const nodeIdOf = (slotKey: string): string => slotKey.slice(0, slotKey.indexOf('/'));
