/** One session with a node, from this side: Open, Hello, then messages both ways until either side leaves. */
import { Metadata, type ClientDuplexStream, type ServiceError } from '@grpc/grpc-js';
import { agentProto, AtelierError, fromGrpcStatus } from '@atelier/contracts';
import { clientCredentials, type Credentials } from '@atelier/trust';
import type { NodeLink } from '../dispatch/types.js';

export type Incoming = Exclude<NonNullable<agentProto.SessionResponse['message']>, { $case: 'hello' }>;
type Outgoing = NonNullable<agentProto.SessionRequest['message']>;
type Stream = ClientDuplexStream<agentProto.SessionRequest, agentProto.SessionResponse>;

const protocol = 1;
const minimumProtocol = 1;
/** A node that takes longer to connect and to say Hello is not reachable. */
const openTimeoutMs = 5000;
const readTimeoutMs = 5000;

export interface SessionOptions {
  nodeId: string;
  /** host:port. */
  address: string;
  credentials: Credentials;
  term: number;
  leaseSeconds: number;
  heartbeatSeconds: number;
  /** Where the node finds assets. */
  assetUrl: string;
  /** Where it finds models. */
  modelUrl: string;
  /** Called with Hello when the session stands, before anything else of it is told. */
  onOpen(hello: agentProto.Hello): void;
  /** Called with everything that arrives after Hello, in order. */
  onMessage(message: Incoming): void;
  /** Anything was heard, Hello and heartbeats included. */
  onHeard(): void;
  /** Called once when an opened session is over, with the reason in words; not after `close`. */
  onEnd(why: string): void;
}

export class NodeSession implements NodeLink {
  readonly client: agentProto.AgentServiceClient;
  private readonly stream: Stream;
  private heartbeat: NodeJS.Timeout | undefined;
  private opened = false;
  private over = false;

  constructor(private readonly options: SessionOptions) {
    const { credentials, options: channel } = clientCredentials(options.credentials, {
      role: 'node',
      id: options.nodeId,
    });
    this.client = new agentProto.AgentServiceClient(options.address, credentials, channel);
    this.stream = this.client.session();
  }

  /** Opens the session. Throws `unavailable` when the node does not answer, or what the agent refused it with. */
  async open(): Promise<void> {
    const { term, leaseSeconds, heartbeatSeconds, assetUrl, modelUrl } = this.options;
    const silence = new AtelierError('unavailable', `no Hello within ${openTimeoutMs / 1000} s`);
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        timer = setTimeout(() => reject(silence), openTimeoutMs);
        this.stream.on('data', ({ message }: agentProto.SessionResponse) => {
          try {
            if (this.receive(message)) resolve();
          } catch (error) {
            reject(error);
          }
        });
        this.stream.on('error', (error) => {
          reject(fromGrpcStatus(error as ServiceError));
          this.end((error as ServiceError).details);
        });
        this.stream.on('end', () => {
          reject(new AtelierError('unavailable', 'the agent left'));
          this.end('the agent left');
        });
        this.send({
          $case: 'open',
          value: { term, protocol, minimumProtocol, leaseSeconds, heartbeatSeconds, assetUrl, modelUrl },
        });
      });
    } catch (error) {
      this.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  send(message: Outgoing): void {
    if (!this.over) this.stream.write({ message });
  }

  /** The latest lines of the agent's log. */
  readLogs(lines: number): Promise<string[]> {
    return new Promise((resolve, reject) =>
      this.client.readLogs({ lines }, new Metadata(), { deadline: Date.now() + readTimeoutMs }, (error, answer) =>
        error ? reject(fromGrpcStatus(error)) : resolve(answer.lines),
      ),
    );
  }

  /** Leaves; nothing more is told of this session. */
  close(): void {
    if (this.over) return;
    this.over = true;
    clearInterval(this.heartbeat);
    // What was written goes out first; a peer that does not answer the end is cut off.
    this.stream.end();
    setTimeout(() => {
      this.stream.cancel();
      this.client.close();
    }, 500).unref();
  }

  /** Whether the message opened the session. */
  private receive(message: agentProto.SessionResponse['message']): boolean {
    if (this.over) return false;
    this.options.onHeard();
    if (message?.$case === 'hello') {
      this.begin(message.value);
      return true;
    }
    // Without a case it is of a kind that is younger than this scheduler.
    if (message && this.opened) this.options.onMessage(message);
    return false;
  }

  private begin(hello: agentProto.Hello): void {
    if (hello.minimumProtocol > protocol || hello.protocol < minimumProtocol)
      throw new AtelierError(
        'conflict',
        `The agent speaks protocols ${hello.minimumProtocol} to ${hello.protocol}, this scheduler ${minimumProtocol} to ${protocol}: update the older one.`,
      );
    this.opened = true;
    const everyMs = this.options.heartbeatSeconds * 1000;
    this.heartbeat = setInterval(() => this.send({ $case: 'heartbeat', value: {} }), everyMs);
    this.options.onOpen(hello);
  }

  private end(why: string): void {
    const told = this.opened && !this.over;
    this.close();
    if (told) this.options.onEnd(why);
  }
}
