/** One session stream: Open, Hello, then messages both ways, until either side leaves or falls silent. */
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { AtelierError, toGrpcStatus, type agentProto } from '@atelier/contracts';

export type SessionStream = ServerDuplexStream<agentProto.SessionRequest, agentProto.SessionResponse>;
/** A message to the scheduler. */
export type Outgoing = NonNullable<agentProto.SessionResponse['message']>;
/** A message from the scheduler. */
export type Incoming = NonNullable<agentProto.SessionRequest['message']>;

export interface SessionEvents {
  /**
   * Decides on the scheduler's opening words; an AtelierError refuses the session. What it gives makes the Hello at the
   * moment of sending: whatever happens later is told after it.
   */
  opened(open: agentProto.Open): Promise<() => agentProto.Hello>;
  /** Hello has been sent: from now on the session carries work. */
  ready(session: Session): void;
  message(message: Exclude<Incoming, { $case: 'open' | 'heartbeat' }>): void;
  closed(session: Session, why: string): void;
}

/** How long a scheduler that has dialled may take to say who it is. */
const openTimeoutMs = 10_000;
const defaultLeaseSeconds = 15;
const defaultHeartbeatSeconds = 3;

export class Session {
  /** When the scheduler was last heard, on the monotonic clock. */
  lastHeard = performance.now();
  leaseSeconds = defaultLeaseSeconds;
  /** Of the scheduler that opened it. */
  term = 0;
  /** Where assets lie; empty where the scheduler has none to give. */
  assetUrl = '';
  modelUrl = '';
  private silence = setTimeout(() => this.refuse(silent(openTimeoutMs / 1000)), openTimeoutMs);
  private heartbeat: NodeJS.Timeout | undefined;
  private over = false;

  constructor(
    private readonly stream: SessionStream,
    private readonly events: SessionEvents,
  ) {}

  /** Serves the stream until it ends. */
  async run(): Promise<void> {
    this.stream.once('cancelled', () => this.stream.destroy());
    try {
      await this.receive();
      this.end('the scheduler left');
    } catch (error) {
      const { message } = error as Error;
      if (this.stream.cancelled) this.stop('the connection broke');
      else this.refuse(error instanceof AtelierError ? error : new AtelierError('internal', message));
    }
  }

  send(message: Outgoing): void {
    if (!this.over) this.stream.write({ message });
  }

  /** Ends the stream from this side after what was sent. */
  end(why = 'the agent left'): void {
    if (this.over) return;
    this.stop(why);
    this.stream.end();
  }

  /** Ends the stream with an error. */
  refuse(error: AtelierError): void {
    if (this.over) return;
    this.stop(error.message);
    this.stream.emit('error', toGrpcStatus(error));
  }

  private async receive(): Promise<void> {
    let open = false;
    // The answer to what is refused still has to go out on this stream.
    for await (const request of this.stream.iterator({ destroyOnReturn: false })) {
      const { message } = request as agentProto.SessionRequest;
      if (this.over) return;
      this.heard();
      // A message of a kind that is younger than this agent.
      if (!message) continue;
      if (message.$case === 'open') {
        if (open) throw new AtelierError('invalid_request', 'A session is opened once.');
        await this.open(message.value);
        open = true;
      } else if (!open) {
        throw new AtelierError('invalid_request', 'A session begins with Open.');
      } else if (message.$case !== 'heartbeat') {
        this.events.message(message);
      }
    }
  }

  private async open(open: agentProto.Open): Promise<void> {
    this.leaseSeconds = open.leaseSeconds || defaultLeaseSeconds;
    this.term = open.term;
    this.assetUrl = open.assetUrl;
    this.modelUrl = open.modelUrl;
    const hello = await this.events.opened(open);
    if (this.over) return;
    this.heard();
    this.send({ $case: 'hello', value: hello() });
    const everyMs = (open.heartbeatSeconds || defaultHeartbeatSeconds) * 1000;
    this.heartbeat = setInterval(() => this.send({ $case: 'heartbeat', value: {} }), everyMs);
    this.events.ready(this);
  }

  private heard(): void {
    this.lastHeard = performance.now();
    clearTimeout(this.silence);
    if (this.over) return;
    this.silence = setTimeout(() => this.refuse(silent(this.leaseSeconds)), this.leaseSeconds * 1000);
  }

  private stop(why: string): void {
    clearTimeout(this.silence);
    clearInterval(this.heartbeat);
    if (this.over) return;
    this.over = true;
    this.events.closed(this, why);
  }
}

const silent = (seconds: number) =>
  new AtelierError('unavailable', `The scheduler was silent for ${seconds} s; the agent ended the session.`);
