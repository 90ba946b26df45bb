import type { TaskState } from '@atelier/contracts';
import type { NewEvent } from '../events/write-events.js';
import type { DispatchOp, Outcomes } from './types.js';

/** What a transition did to the database: the answer to its caller, and what job counters and the log must follow. */
export interface Written<K extends DispatchOp['kind'] = DispatchOp['kind']> {
  outcome: Outcomes[K];
  /** Task state before and after; absent when nothing changed. */
  task?: { before: TaskState; after: TaskState };
  /** Its job has begun. */
  started?: boolean;
  /** Its picture was judged unsafe. */
  withheld?: boolean;
  events?: NewEvent[];
}
