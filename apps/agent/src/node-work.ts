/** What the scheduler's messages do to slots and spool, and what a new session is told of both. */
import { EXPANSION_VERSION } from '@atelier/batch';
import { agentProto } from '@atelier/contracts';
import { ENGINE_BUILD } from '@atelier/diffusion';
import { agentFeatures } from './features.js';
import { minimumProtocol, protocol, type SchedulerLink } from './link/scheduler-link.js';
import type { Incoming } from './link/session.js';
import { Refusal } from './slots/refusal.js';
import type { Slot } from './slots/slot.js';
import type { Spool } from './spool/spool.js';
import { ticketRequest, type Uploader } from './spool/uploader.js';

export interface NodeWorkParts {
  link: SchedulerLink;
  slots: readonly Slot[];
  spool: Spool;
  uploader: Uploader;
  inventory(): Promise<agentProto.Inventory>;
  /** A request named something that this node lacks: it may have come since the last look. */
  missing(): void;
  /** What is loaded next is read ahead. */
  readAhead(next: agentProto.Prefetch): void;
  /** Draws the acceptance picture on every slot. */
  test(): Promise<agentProto.SlotTest[]>;
}

/** What this agent understands beyond the first protocol. */
const capabilities = ['acceptance_test', 'read_logs', 'fetch_models'];

export class NodeWork {
  constructor(private readonly parts: NodeWorkParts) {
    parts.link.on('message', (message) => this.receive(message));
    parts.link.on('up', () => this.resume());
  }

  /** Gathers what takes time; what it gives tells what this node is, has and holds at the moment of the call. */
  async hello(): Promise<() => agentProto.Hello> {
    const inventory = await this.parts.inventory();
    return () => ({
      protocol,
      minimumProtocol,
      engineBuild: ENGINE_BUILD,
      expansionVersions: [EXPANSION_VERSION],
      features: [...agentFeatures],
      inventory,
      slots: this.parts.slots.map((slot) => slot.status()),
      attemptIds: this.parts.slots.flatMap((slot) => slot.heldAttempts()),
      spool: this.parts.spool.entries().map(ticketRequest),
      capabilities: [...capabilities],
    });
  }

  /** Gives back everything that is not spooled and starts nothing more. */
  stop(reason: string): void {
    for (const slot of this.parts.slots) slot.setDrain(agentProto.DrainMode.DRAIN_MODE_NOW, reason);
  }

  private receive(message: Exclude<Incoming, { $case: 'open' | 'heartbeat' }>): void {
    const { slots, uploader } = this.parts;
    switch (message.$case) {
      case 'assignment':
        return this.assign(message.value);
      case 'revocation':
        return this.revoke(message.value);
      case 'uploadTicket':
        return uploader.giveTicket(message.value);
      case 'acknowledgement':
        return void uploader.drop(message.value.attemptId);
      case 'acceptanceTest':
        return void this.test(message.value);
      case 'prefetch':
        return this.parts.readAhead(message.value);
      case 'drain':
        for (const slot of slots) slot.setDrain(message.value.mode);
    }
  }

  private async test({ testId }: agentProto.AcceptanceTest): Promise<void> {
    const slots = await this.parts.test();
    this.parts.link.send({ $case: 'acceptanceReport', value: { testId, slots } });
  }

  private assign(assignment: agentProto.Assignment): void {
    const { slotId, leases, predictedLoadSeconds, predictedStepSeconds, residencyKey } = assignment;
    const { link, slots, missing } = this.parts;
    const attemptIds = leases.map(({ attemptId }) => attemptId);
    const answer = (accepted: boolean, cause: agentProto.FailureCause, message: string) =>
      link.send({ $case: 'acceptance', value: { attemptIds, accepted, cause, message } });
    try {
      const slot = slots.find(({ id }) => id === slotId);
      if (!slot)
        throw new Refusal(
          agentProto.FailureCause.FAILURE_CAUSE_UNSUPPORTED,
          `This node has no slot ${slotId}; it has ${slots.map(({ id }) => id).join(', ')}.`,
        );
      const predicted = {
        ...(predictedLoadSeconds !== undefined && { load: predictedLoadSeconds }),
        ...(predictedStepSeconds !== undefined && { first: predictedStepSeconds, step: predictedStepSeconds }),
      };
      slot.accept(leases, predicted, residencyKey);
      answer(true, agentProto.FailureCause.FAILURE_CAUSE_UNSPECIFIED, '');
      slot.turn();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      answer(false, error.failureCause, error.message);
      if (error.failureCause === agentProto.FailureCause.FAILURE_CAUSE_UNSUPPORTED) missing();
    }
  }

  private revoke({ attemptIds, reason }: agentProto.Revocation): void {
    const { link, slots, uploader } = this.parts;
    const held = new Set(slots.flatMap((slot) => slot.heldAttempts()));
    for (const slot of slots) slot.revoke(new Set(attemptIds), reason);
    for (const attemptId of attemptIds.filter((id) => !held.has(id))) {
      void uploader.drop(attemptId);
      const cause = agentProto.FailureCause.FAILURE_CAUSE_REVOKED;
      link.send({ $case: 'attemptFailed', value: { attemptId, cause, message: reason } });
    }
  }

  /** A new session: what the last one may have lost is said again, and what had to wait for the scheduler may start. */
  private resume(): void {
    for (const slot of this.parts.slots) {
      for (const attemptId of slot.startedAttempts())
        this.parts.link.send({ $case: 'attemptStarted', value: { attemptId } });
      slot.turn();
    }
  }
}
