/** What failures and successes say of keys, cards and nodes, and what follows: smaller groups, suspended keys, quarantine. */
import { agentProto } from '@atelier/contracts';
import { holdRules } from '@atelier/scheduling';
import { FailurePatterns } from './failure-patterns.js';
import { causeWord } from './retry-rule.js';
import type { DispatchState } from './state.js';
import { slotIdOf, type Attempt } from './types.js';

const { FailureCause } = agentProto;

const suspendedMs = holdRules.suspended.maximumHoldSeconds * 1000;

interface Failed {
  cause: agentProto.FailureCause;
  message: string;
  /** Whether it counts against its task: what a group did is found out by its tasks one by one. */
  charged: boolean;
}

interface Suspension {
  sentence: string;
  timer: NodeJS.Timeout;
}

export class Blame {
  private readonly patterns = new FailurePatterns();
  /** By residency key. */
  private readonly suspended = new Map<string, Suspension>();

  constructor(private readonly state: DispatchState) {}

  failed(attempt: Attempt, { cause, message, charged }: Failed): void {
    const { nodeId, jobId, taskIndex, assignment } = attempt;
    const renderClass = this.classOf(attempt);
    if (!renderClass) return;
    const { residencyKey, costKey } = renderClass;
    if (cause === FailureCause.FAILURE_CAUSE_OUT_OF_MEMORY) {
      const { slotKey: slotId, size: group } = assignment;
      this.state.tell({ type: 'out-of-memory', slotId, costKey, group });
      const slotType = this.state.nodes.get(nodeId)?.slotTypes?.get(slotIdOf(slotId));
      if (slotType !== undefined) this.state.surroundings.onTooLarge?.(renderClass, slotType, group);
    }
    if (!charged) return;
    const { key, node } = this.patterns.failed({ jobId, taskIndex, residencyKey, nodeId, cause });
    const how = `${causeWord(cause)}: ${message}`;
    if (key) {
      const models = renderClass.models.map(({ name }) => name).join(' and ');
      this.suspend(residencyKey, `${key.tasks} tasks with ${models} failed alike on ${key.nodes} nodes (${how})`);
    }
    if (node)
      this.state.surroundings.onSuspect(
        nodeId,
        `It failed ${node.failures} times at work with ${node.keys} different sets of models, the last time with ${how}`,
      );
  }

  /** The attempt's picture became the result of its task. */
  succeeded(attempt: Attempt): void {
    const renderClass = this.classOf(attempt);
    if (renderClass) this.patterns.succeeded(renderClass.residencyKey, attempt.nodeId);
  }

  /** The node was tested: what it failed at before says nothing any more. */
  clearNode(nodeId: string): void {
    this.patterns.clearNode(nodeId);
  }

  /** Somebody wants the job tried again: its keys are suspended no longer. */
  forgive(jobId: string): void {
    for (const { residencyKey } of this.state.jobs.get(jobId)?.expansion.classes ?? []) this.resume(residencyKey);
  }

  /** What is suspended and why, a sentence each. */
  get alarms(): string[] {
    return [...this.suspended.values()].map(({ sentence }) => sentence);
  }

  close(): void {
    for (const { timer } of this.suspended.values()) clearTimeout(timer);
  }

  private suspend(residencyKey: string, what: string): void {
    this.resume(residencyKey);
    const minutes = holdRules.suspended.maximumHoldSeconds / 60;
    const sentence = `${what}. No more of them are given out for ${minutes} minutes, or until the job is resumed or retried.`;
    this.state.surroundings.logger.error({ residencyKey }, sentence);
    this.suspended.set(residencyKey, { sentence, timer: setTimeout(() => this.resume(residencyKey), suspendedMs) });
    this.state.tell({ type: 'key-suspended', residencyKey, sentence });
  }

  private resume(residencyKey: string): void {
    const suspension = this.suspended.get(residencyKey);
    if (!suspension) return;
    clearTimeout(suspension.timer);
    this.suspended.delete(residencyKey);
    this.state.tell({ type: 'key-resumed', residencyKey });
  }

  private classOf({ jobId, classId }: Attempt) {
    return this.state.jobs.get(jobId)?.expansion.classes[classId];
  }
}
