/** What arrives on the sessions, handed to whom it concerns. */
import type { agentProto } from '@atelier/contracts';
import type { Logger } from '@atelier/telemetry';
import type { ResultIntake } from '../artifacts/result-intake.js';
import type { UploadTickets } from '../artifacts/upload-tickets.js';
import type { Dispatcher } from '../dispatch/dispatcher.js';
import type { LeaseClock } from '../dispatch/lease-clock.js';
import { slotIdOf } from '../dispatch/types.js';
import type { Acceptance } from './acceptance.js';
import type { NodeDirectory } from './directory.js';
import type { LiveProgress } from './live-progress.js';
import type { Incoming, NodeSession } from './session.js';
import type { SessionEvents } from './sessions.js';
import type { Telemetry } from './telemetry-watch.js';

export interface SessionWorkParts {
  directory: NodeDirectory;
  acceptance: Acceptance;
  dispatcher: Dispatcher;
  leases: LeaseClock;
  intake: ResultIntake;
  tickets: UploadTickets;
  progress: LiveProgress;
  onReading(nodeId: string, reading: agentProto.SlotReading): void;
  /** A slot of a type came with another engine or driver than it had. */
  onRenewed(slotType: string): void;
  logger: Logger;
}

export class SessionWork implements SessionEvents {
  constructor(private readonly parts: SessionWorkParts) {}

  onOpen(nodeId: string, address: string, hello: agentProto.Hello, session: NodeSession): Promise<void> {
    const { directory, dispatcher, acceptance, logger } = this.parts;
    logger.info({ nodeId, address, engineBuild: hello.engineBuild }, 'The session with a node stands.');
    const test = acceptance.needed(nodeId, hello);
    for (const slotType of directory.renewedBy(nodeId, hello)) this.parts.onRenewed(slotType);
    const known = directory.connected(nodeId, address, hello, test);
    const { row, abilities } = directory.get(nodeId);
    const untilTested = acceptance.isSuspect(nodeId) && acceptance.canTest(nodeId);
    const draining = ['draining', 'drained', 'quarantined', 'off'].includes(row.state) && !untilTested;
    dispatcher.nodes.connect(nodeId, session, abilities, draining, row.state === 'testing' || untilTested);
    if (test !== null && row.state === 'testing') this.run(acceptance.begin(nodeId, test));
    const spooledIds = hello.spool.map(({ attemptId }) => attemptId);
    dispatcher.reconciliation.compare(nodeId, { attemptIds: hello.attemptIds, spooledIds });
    for (const status of hello.slots) dispatcher.nodes.status(nodeId, status);
    for (const wish of hello.spool) this.run(this.parts.intake.ticketRequested(nodeId, wish));
    return known;
  }

  onMessage(nodeId: string, message: Incoming): void {
    const { directory, dispatcher, intake, progress } = this.parts;
    const { reports } = dispatcher;
    switch (message.$case) {
      case 'heartbeat':
        return;
      case 'acceptance':
        return reports.accepted(nodeId, message.value);
      case 'attemptStarted':
        return reports.started(nodeId, message.value.attemptId);
      case 'uploadTicketRequest':
        return this.run(intake.ticketRequested(nodeId, message.value));
      case 'attemptUploaded':
        progress.forget(message.value.attemptId);
        return this.run(intake.uploaded(nodeId, message.value));
      case 'attemptFailed':
        progress.forget(message.value.attemptId);
        this.parts.tickets.forget(message.value.attemptId);
        return reports.failed(nodeId, message.value);
      case 'slotStatus':
        directory.slotStatus(nodeId, message.value);
        return dispatcher.nodes.status(nodeId, message.value);
      case 'acceptanceReport':
        return this.run(this.parts.acceptance.report(nodeId, message.value));
      case 'inventory':
        this.run(directory.inventoryChanged(nodeId, message.value));
        return dispatcher.nodes.change(nodeId, directory.get(nodeId).abilities);
    }
  }

  onHeard(nodeId: string): void {
    this.parts.leases.heard(nodeId);
  }

  onEnd(nodeId: string, why: string): void {
    const { directory, dispatcher, acceptance, progress, logger } = this.parts;
    logger.warn({ nodeId, why }, 'The session with a node is over.');
    acceptance.ended(nodeId);
    dispatcher.nodes.disconnect(nodeId);
    progress.forgetNode(nodeId);
    this.run(directory.disconnected(nodeId, `The session broke: ${why}.`));
  }

  onRefused(nodeId: string, why: string): void {
    this.run(this.parts.directory.disconnected(nodeId, why));
  }

  onTelemetry(nodeId: string, telemetry: Telemetry): void {
    const { directory, dispatcher, progress, onReading } = this.parts;
    switch (telemetry.$case) {
      case 'progress': {
        const attempt = dispatcher.reports.find(nodeId, telemetry.value.attemptId);
        if (!attempt || attempt.phase === 'letting-go') return;
        const { jobId, taskIndex: index, assignment } = attempt;
        return progress.note({ ...telemetry.value, jobId, index, nodeId, slotId: slotIdOf(assignment.slotKey) });
      }
      case 'preview':
        return progress.preview(telemetry.value);
      case 'slotReading':
        directory.slotReading(nodeId, telemetry.value);
        dispatcher.nodes.reviewTerms(nodeId);
        return onReading(nodeId, telemetry.value);
    }
  }

  /** What a node says is answered by messages; what goes wrong on the way is ours to know. */
  private run(work: Promise<void>): void {
    work.catch((error: unknown) => this.parts.logger.error({ err: error }, 'A message of a node was not dealt with.'));
  }
}
