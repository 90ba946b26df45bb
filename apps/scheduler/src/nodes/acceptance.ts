/**
 * The acceptance test: before a node gets its first task it draws the demo model's known picture on each of its slots.
 * It is tested again when its engine, a driver or a card is another, and after quarantine.
 */
import { agentProto } from '@atelier/contracts';
import { newId, type NodeTest } from '@atelier/store';
import type { Logger } from '@atelier/telemetry';
import type { Dispatcher } from '../dispatch/dispatcher.js';
import { whatChanged } from './hardware.js';
import type { NodeDirectory } from './directory.js';

const { SlotTestOutcome } = agentProto;

/** What an agent's Hello lists that can be tested. */
export const testCapability = 'acceptance_test';
/** A node that has not drawn one small picture by then never will. */
const answerTimeoutMs = 5 * 60_000;
/** How the reason of a quarantine ends that lasts until the node's test. */
const untilTested = 'It is tested before it serves again.';
/** A node that turns out suspect again within so long is not believed a second time. */
const probationMs = 3600_000;

export interface AcceptanceParts {
  enabled: boolean;
  directory: NodeDirectory;
  dispatcher: Pick<Dispatcher, 'nodes' | 'blame' | 'send'>;
  logger: Logger;
  /** Slots have passed: what they took. */
  onPassed?(nodeId: string, slots: readonly agentProto.SlotTest[]): void;
}

interface Running {
  testId: string;
  subject: string;
  timer: NodeJS.Timeout;
}

export class Acceptance {
  private readonly running = new Map<string, Running>();
  /** Nodes with a session whose agents can be tested, and what would be tested. */
  private readonly testable = new Map<string, string>();
  /** When nodes turned out suspect. */
  private readonly suspects = new Map<string, number>();

  constructor(private readonly parts: AcceptanceParts) {}

  /** A session stands: whether its node must be tested before it serves, and why, in a sentence. */
  needed(nodeId: string, hello: agentProto.Hello): string | null {
    const { enabled, directory } = this.parts;
    this.testable.delete(nodeId);
    if (!enabled || !hello.capabilities.includes(testCapability)) return null;
    const subject = subjectOf(hello);
    this.testable.set(nodeId, subject);
    const { row, inventory } = directory.get(nodeId);
    if (row.test?.outcome === 'passed' && row.test.subject === subject) return null;
    const changed = inventory && hello.inventory ? whatChanged(inventory, hello.inventory) : '';
    return `${changed}It draws the acceptance picture.`;
  }

  /** Whether the node, whose session stands, can be tested. */
  canTest(nodeId: string): boolean {
    return this.testable.has(nodeId);
  }

  /** Lets the node draw; it gets no task before it has passed. */
  async begin(nodeId: string, reason: string): Promise<void> {
    const { directory, dispatcher } = this.parts;
    const subject = this.testable.get(nodeId);
    if (subject === undefined) return;
    this.stop(nodeId);
    const testId = newId();
    const timer = setTimeout(
      () => void this.decide(nodeId, failure(`It gave no answer within ${answerTimeoutMs / 60_000} minutes.`)),
      answerTimeoutMs,
    );
    this.running.set(nodeId, { testId, subject, timer });
    // First, so that holding nothing does not begin another test.
    const known = directory.setState(nodeId, 'testing', reason);
    dispatcher.nodes.hold(nodeId);
    dispatcher.send(nodeId, { $case: 'acceptanceTest', value: { testId } });
    await known;
  }

  async report(nodeId: string, { testId, slots }: agentProto.AcceptanceReport): Promise<void> {
    if (this.running.get(nodeId)?.testId !== testId) return;
    const passed = slots.filter(({ outcome }) => outcome === SlotTestOutcome.SLOT_TEST_OUTCOME_PASSED);
    this.parts.onPassed?.(nodeId, passed);
    await this.decide(nodeId, verdictOf(slots));
  }

  /** The node fails at whatever it is given: it is taken out, and tested as soon as it holds nothing any more. */
  async suspect(nodeId: string, why: string): Promise<void> {
    const { directory, dispatcher, logger } = this.parts;
    if (directory.get(nodeId).row.state !== 'ready') return;
    const again = Date.now() - (this.suspects.get(nodeId) ?? -Infinity) < probationMs;
    this.suspects.set(nodeId, Date.now());
    logger.error({ nodeId, why }, 'A node is quarantined.');
    const next = again || !this.canTest(nodeId) ? 'An operator may undrain it.' : untilTested;
    const known = directory.distrusted(nodeId, `${why}. ${next}`);
    if (again) dispatcher.nodes.drain(nodeId);
    else dispatcher.nodes.hold(nodeId);
    await known;
  }

  /** Whether the node is in quarantine until it has passed its test. */
  isSuspect(nodeId: string): boolean {
    const row = this.parts.directory.find(nodeId)?.row;
    return row?.state === 'quarantined' && (row.reason?.endsWith(untilTested) ?? false);
  }

  /** The node holds nothing any more. */
  async idle(nodeId: string): Promise<void> {
    const row = this.parts.directory.find(nodeId)?.row;
    if (row && this.isSuspect(nodeId) && this.parts.dispatcher.nodes.isHeld(nodeId))
      await this.begin(nodeId, row.reason ?? '');
  }

  /** The session is over. */
  ended(nodeId: string): void {
    this.stop(nodeId);
    this.testable.delete(nodeId);
  }

  close(): void {
    for (const nodeId of [...this.running.keys()]) this.stop(nodeId);
  }

  private async decide(nodeId: string, verdict: Omit<NodeTest, 'subject' | 'at'>): Promise<void> {
    const { directory, dispatcher, logger } = this.parts;
    const { subject } = this.running.get(nodeId)!;
    this.stop(nodeId);
    const test = { subject, at: new Date().toISOString(), ...verdict };
    logger[test.outcome === 'failed' ? 'error' : 'info']({ nodeId, test }, 'A node was tested.');
    dispatcher.blame.clearNode(nodeId);
    const passes = test.outcome !== 'failed';
    const written = directory.tested(nodeId, test, passes ? 'ready' : 'quarantined', passes ? null : test.message);
    // An operator may have drained it meanwhile.
    if (directory.get(nodeId).row.state === 'ready') dispatcher.nodes.admit(nodeId);
    await written;
  }

  private stop(nodeId: string): void {
    clearTimeout(this.running.get(nodeId)?.timer);
    this.running.delete(nodeId);
  }
}

/** What a test says something about. */
function subjectOf({ engineBuild, inventory }: agentProto.Hello): string {
  const devices = (inventory?.devices ?? []).map(({ deviceId, name, provider, driver }) =>
    [deviceId, name, provider, driver].join(' '),
  );
  return [engineBuild, ...devices.sort()].join('\n');
}

const failure = (message: string) => ({ outcome: 'failed' as const, message, slots: [] });

/** One slot that fails fails its node; a node without the demo model serves untested. */
function verdictOf(slots: readonly agentProto.SlotTest[]): Omit<NodeTest, 'subject' | 'at'> {
  const of = (outcome: agentProto.SlotTestOutcome) => slots.filter((slot) => slot.outcome === outcome);
  const skipped = of(SlotTestOutcome.SLOT_TEST_OUTCOME_SKIPPED);
  const passed = of(SlotTestOutcome.SLOT_TEST_OUTCOME_PASSED);
  const failed = slots.filter((slot) => !skipped.includes(slot) && !passed.includes(slot));
  const told = failed.length > 0 ? failed : passed.length > 0 ? passed : skipped;
  const several = slots.length > 1;
  return {
    outcome: failed.length > 0 ? 'failed' : passed.length > 0 ? 'passed' : 'skipped',
    message: told.map(({ slotId, message }) => (several ? `${slotId}: ${message}` : message)).join(' '),
    slots: slots.map(({ slotId, largestDifference, loadSeconds, stepSeconds }) => ({
      slotId,
      largestDifference,
      loadSeconds,
      stepSeconds,
    })),
  };
}
