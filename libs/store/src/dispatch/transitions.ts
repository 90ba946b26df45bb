import type { AttemptState, TaskState } from '@atelier/contracts';
import type { DispatchOp } from './types.js';

/** Transitions of one attempt and of the task that it holds. Leases, copies and results, which make rows, have files of their own. */
export type Move = Exclude<DispatchOp['kind'], 'lease' | 'copy' | 'result'>;

interface Transition {
  /** States of the attempt in which it applies. */
  attemptFrom: readonly AttemptState[];
  attemptTo: AttemptState;
  /** States of the task that change with it, as long as this attempt is the one that holds it. */
  taskFrom: readonly TaskState[];
  /** `pending-or-dead`: by the op's `retry`. */
  taskTo: TaskState | 'pending-or-dead';
  /** Whether it applies only together with the change of the task. */
  needsTask: boolean;
}

const held = ['leased', 'running', 'uploading'] as const;

/**
 * Whether another attempt that is at the task has it from then on, if this one held it: that one is a late copy, or what
 * it was a copy of. `taskTo` is for tasks at which nobody else is.
 */
export const passesOn: ReadonlySet<Move> = new Set<Move>(['lapsed', 'revoked', 'failed']);

/**
 * Every way in which an attempt changes between its lease and its result. What is not here does not happen: a revoked,
 * failed or succeeded attempt never changes again.
 */
export const transitions: Readonly<Record<Move, Transition>> = {
  started: {
    attemptFrom: ['leased'],
    attemptTo: 'running',
    taskFrom: ['leased'],
    taskTo: 'running',
    needsTask: false,
  },
  uploading: {
    attemptFrom: ['running'],
    attemptTo: 'running',
    taskFrom: ['running'],
    taskTo: 'uploading',
    needsTask: true,
  },
  lapsed: {
    attemptFrom: ['leased', 'running'],
    attemptTo: 'lapsed',
    taskFrom: held,
    taskTo: 'pending',
    needsTask: false,
  },
  resumed: {
    attemptFrom: ['lapsed'],
    attemptTo: 'running',
    taskFrom: ['pending'],
    taskTo: 'running',
    needsTask: true,
  },
  revoked: {
    attemptFrom: ['leased', 'running', 'lapsed'],
    attemptTo: 'revoked',
    taskFrom: held,
    taskTo: 'pending',
    needsTask: false,
  },
  failed: {
    attemptFrom: ['leased', 'running', 'lapsed'],
    attemptTo: 'failed',
    taskFrom: [...held, 'pending'],
    taskTo: 'pending-or-dead',
    needsTask: false,
  },
};
