/** From a decision of the policy to second attempts at the tasks of a run that is late. */
import type { Copy } from '@atelier/scheduling';
import type { Given, Leasing } from './leasing.js';
import { withoutOrdinal, type DispatchState } from './state.js';
import { nodeIdOf, type Attempt } from './types.js';

export class LateCopies {
  constructor(
    private readonly state: DispatchState,
    private readonly leasing: Leasing,
  ) {}

  /** Carries out a decision. What has ended meanwhile, has a copy already or failed on the slot's node is left out. */
  copy({ slotId: slotKey, ofSlotId, tasks }: Copy): void {
    const run = this.runOn(ofSlotId);
    const given = run.flatMap((attempt): Given[] => {
      const job = this.state.jobs.get(attempt.jobId);
      const decided = tasks.some(({ jobId, classId }) => jobId === attempt.jobId && classId === attempt.classId);
      if (!job || !decided || this.state.attempts.besides(attempt)) return [];
      const { failedNodes, refusedBy } = attempt.history;
      if ([...failedNodes, ...refusedBy].includes(nodeIdOf(slotKey))) return [];
      return [{ job, task: withoutOrdinal(attempt), copy: true }];
    });
    this.leasing.give(slotKey, given);
  }

  /** What a slot is at: the assignment that it was given first. */
  private runOn(slotKey: string): Attempt[] {
    const held = this.state.attempts.ofNode(nodeIdOf(slotKey)).filter(({ id, phase, assignment }) => {
      const atWork = phase === 'leased' || phase === 'running';
      return atWork && assignment.slotKey === slotKey && assignment.open.has(id);
    });
    return held.filter(({ assignment }) => assignment === held[0]!.assignment);
  }
}
