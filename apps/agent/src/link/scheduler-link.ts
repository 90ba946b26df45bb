/** The agent's end of its conversation with the scheduler: which session counts, and whether new work may start. */
import { EventEmitter } from 'node:events';
import { AtelierError, type agentProto } from '@atelier/contracts';
import type { Logger } from '@atelier/telemetry';
import { Session, type Incoming, type Outgoing, type SessionEvents, type SessionStream } from './session.js';
import type { Terms } from './terms.js';

export const protocol = 1;
export const minimumProtocol = 1;

export interface LinkOptions {
  terms: Terms;
  /** Gathers what takes time; what it gives tells what the agent is, has and holds at the moment of the call. */
  hello(): Promise<() => agentProto.Hello>;
  log: Logger;
}

interface LinkEvents {
  /** A session is live and Hello was sent: what the scheduler may have missed is said again. */
  up: [];
  message: [Exclude<Incoming, { $case: 'open' | 'heartbeat' }>];
}

export class SchedulerLink extends EventEmitter<LinkEvents> implements SessionEvents {
  private session: Session | undefined;
  private lastHeard = -Infinity;
  private leaseMs = 0;

  constructor(private readonly options: LinkOptions) {
    super();
  }

  get live(): boolean {
    return this.session !== undefined;
  }

  /** Where assets lie, by the word of the last scheduler. */
  assetUrl = '';
  /** Where models lie that this node may lack; empty: nowhere. */
  modelUrl = '';

  /** Serves a stream on which a scheduler has dialled. */
  serve(stream: SessionStream): void {
    void new Session(stream, this).run();
  }

  /** Says something to the scheduler. Lost while no session is live: Hello tells the state anew. */
  send(message: Outgoing): void {
    this.session?.send(message);
  }

  /** Whether work may start: the scheduler was heard within its lease, so the leases of what waits here still hold. */
  mayStart(): boolean {
    const lastHeard = this.session?.lastHeard ?? this.lastHeard;
    return performance.now() - lastHeard < this.leaseMs;
  }

  /** Takes leave of the scheduler. */
  close(): void {
    this.session?.end();
  }

  async opened(open: agentProto.Open): Promise<() => agentProto.Hello> {
    const { terms, hello } = this.options;
    if (open.protocol < minimumProtocol || open.minimumProtocol > protocol)
      throw new AtelierError(
        'conflict',
        `This agent speaks protocols ${minimumProtocol} to ${protocol}, the scheduler ${open.minimumProtocol} to ${open.protocol}: update the older one.`,
      );
    if (!(await terms.admit(open.term))) throw this.noLongerLeads(open.term);
    return hello();
  }

  ready(session: Session): void {
    const { terms, log } = this.options;
    // A higher term may have come while Hello was gathered.
    if (session.term < terms.current) return session.refuse(this.noLongerLeads(session.term));
    const previous = this.session;
    this.session = session;
    this.leaseMs = session.leaseSeconds * 1000;
    this.assetUrl = session.assetUrl;
    this.modelUrl = session.modelUrl;
    previous?.refuse(new AtelierError('superseded', `A scheduler of term ${session.term} took over the session.`));
    log.info({ term: terms.current }, 'session with the scheduler is up');
    this.emit('up');
  }

  message(message: Exclude<Incoming, { $case: 'open' | 'heartbeat' }>): void {
    this.emit('message', message);
  }

  closed(session: Session, why: string): void {
    if (session !== this.session) return;
    this.session = undefined;
    this.lastHeard = session.lastHeard;
    this.options.log.warn({ why }, 'session with the scheduler ended');
  }

  private noLongerLeads(term: number): AtelierError {
    return new AtelierError(
      'superseded',
      `This node obeys term ${this.options.terms.current}; a scheduler of term ${term} no longer leads.`,
    );
  }
}
