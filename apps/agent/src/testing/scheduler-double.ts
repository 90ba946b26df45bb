/**
 * Stands in for a scheduler in the agent's tests: a registry that dials back, a session that tells everything it heard,
 * and an upload server. It decides nothing by itself beyond handing out tickets, and acknowledging where it is told to.
 */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Server, type ClientDuplexStream, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { agentProto, AtelierError, registryProto, toGrpcStatus } from '@atelier/contracts';
import {
  clientCredentials,
  createAuthority,
  createJoinToken,
  peerIdentity,
  serverCredentials,
  tlsServerOptions,
  type Authority,
  type Credentials,
} from '@atelier/trust';

type Said = NonNullable<agentProto.SessionResponse['message']>;
type Case = Said['$case'];
type SaidOf<C extends Case> = Extract<Said, { $case: C }>['value'];
type Order = NonNullable<agentProto.SessionRequest['message']>;

export interface Upload {
  authorization: string;
  file: Buffer;
}

export class SchedulerDouble {
  /** Everything that agents said on sessions, in order. */
  readonly said: Said[] = [];
  /** What was uploaded, by attempt. */
  readonly uploads = new Map<string, Upload>();
  /** Inventories that came with Register. */
  readonly registered: registryProto.RegisterRequest[] = [];
  /** How each session ended: gRPC details, or 'end'. */
  readonly ended: string[] = [];
  /** Whether uploads are acknowledged at once. */
  acknowledges = true;
  /** Whether tickets are handed out. */
  givesTickets = true;
  /** Status that the upload server answers with instead of storing, once each. */
  readonly uploadAnswers: number[] = [];
  term = 1;
  leaseSeconds = 15;
  /** Whether Register dials back. */
  dials = true;
  /** Nodes that the farm no longer knows. */
  readonly forgotten = new Set<string>();
  /** Whether the double says that it is still there. */
  beats = true;
  private session: ClientDuplexStream<agentProto.SessionRequest, agentProto.SessionResponse> | undefined;
  private client: agentProto.AgentServiceClient | undefined;
  private readonly tokens = new Map<string, { secret: string; usable: boolean }>();
  private nodes = 0;
  private readonly heart = setInterval(() => {
    if (this.beats) this.order({ $case: 'heartbeat', value: {} });
  }, 500);

  private constructor(
    readonly authority: Authority,
    readonly credentials: Credentials,
    private readonly registry: Server,
    private readonly uploadServer: HttpsServer,
    private ports: { registry: number; uploads: number },
  ) {}

  static async start(): Promise<SchedulerDouble> {
    const authority = await createAuthority();
    const credentials = await authority.createCredentials({ role: 'scheduler', id: 'double' });
    const registry = new Server();
    const uploadServer = createServer(tlsServerOptions(credentials));
    const double = new SchedulerDouble(authority, credentials, registry, uploadServer, { registry: 0, uploads: 0 });
    registry.addService(registryProto.RegistryServiceService, double.registryService());
    const registryPort = await new Promise<number>((resolve, reject) =>
      registry.bindAsync(
        '127.0.0.1:0',
        serverCredentials(credentials, { requireClientCertificate: false }),
        (error, port) => (error ? reject(error) : resolve(port)),
      ),
    );
    uploadServer.on('request', (request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const status = double.uploadAnswers.shift();
        if (status !== undefined)
          return response.writeHead(status).end(JSON.stringify({ detail: `The double answers ${status}.` }));
        const attemptId = request.url!.slice(1);
        double.uploads.set(attemptId, { authorization: request.headers.authorization!, file: Buffer.concat(parts) });
        response.writeHead(204).end();
      });
    });
    uploadServer.listen(0, '127.0.0.1');
    await once(uploadServer, 'listening');
    double.ports = { registry: registryPort, uploads: (uploadServer.address() as AddressInfo).port };
    return double;
  }

  /** What agents join. */
  get address(): string {
    return `127.0.0.1:${this.ports.registry}`;
  }

  /** A token's text. An expired one is known but refused. */
  token({ expired = false } = {}): string {
    const token = createJoinToken(this.authority.pin);
    this.tokens.set(token.id, { secret: token.secret, usable: !expired });
    return token.text;
  }

  /** Opens a session with an agent; resolves with its Hello. */
  async dial(address: string, credentials = this.credentials): Promise<agentProto.Hello> {
    this.hangUp();
    const tls = clientCredentials(credentials, { role: 'node' });
    this.client = new agentProto.AgentServiceClient(address, tls.credentials, tls.options);
    const session = this.client.session();
    this.session = session;
    return new Promise((resolve, reject) => {
      session.on('data', ({ message }: agentProto.SessionResponse) => {
        if (message) this.hear(message);
        if (message?.$case === 'hello') resolve(message.value);
      });
      session.on('error', (error: Error & { details: string }) => {
        this.ended.push(error.details);
        reject(error);
      });
      session.on('end', () => this.ended.push('end'));
      this.order({
        $case: 'open',
        value: {
          term: this.term,
          protocol: 1,
          minimumProtocol: 1,
          leaseSeconds: this.leaseSeconds,
          heartbeatSeconds: 1,
          assetUrl: '',
          modelUrl: '',
        },
      });
    });
  }

  /** Client of the agent that was dialled last. */
  get agent(): agentProto.AgentServiceClient {
    return this.client!;
  }

  /** Breaks the session as a lost connection does. */
  hangUp(): void {
    this.session?.cancel();
    this.client?.close();
    this.session = undefined;
  }

  /** Hands tasks that share a run to the agent's slot. */
  assign(...leases: agentProto.Lease[]): void {
    const { attemptId: assignmentId, request } = leases[0]!;
    const residencyKey = [request?.checkpoint?.sha256, ...(request?.loras ?? []).map((l) => l.model?.sha256)].join(' ');
    this.order({ $case: 'assignment', value: { assignmentId, slotId: 'slot-0', leases, residencyKey } });
  }

  order(message: Order): void {
    this.session?.write({ message });
  }

  /** The first thing of a kind that was said and passes, waited for. */
  async until<C extends Case>(
    kind: C,
    passes: (value: SaidOf<C>) => boolean = () => true,
    timeoutMs = 60_000,
  ): Promise<SaidOf<C>> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      for (const { $case, value } of this.said)
        if ($case === kind && passes(value as SaidOf<C>)) return value as SaidOf<C>;
      if (Date.now() > deadline)
        throw new Error(`no ${kind} came; said: ${this.said.map(({ $case }) => $case).join(' ')}`);
      await new Promise((wait) => setTimeout(wait, 10));
    }
  }

  async close(): Promise<void> {
    clearInterval(this.heart);
    this.hangUp();
    this.registry.forceShutdown();
    this.uploadServer.closeAllConnections();
    await new Promise((done) => this.uploadServer.close(done));
  }

  private hear(message: Said): void {
    if (message.$case !== 'heartbeat') this.said.push(message);
    if (message.$case === 'hello') for (const request of message.value.spool) this.ticket(request);
    if (message.$case === 'uploadTicketRequest') this.ticket(message.value);
    if (message.$case === 'attemptUploaded' && this.acknowledges) this.acknowledge(message.value.attemptId);
  }

  acknowledge(attemptId: string, accepted = true): void {
    this.order({ $case: 'acknowledgement', value: { attemptId, accepted } });
  }

  private ticket({ attemptId }: agentProto.UploadTicketRequest): void {
    if (!this.givesTickets) return;
    this.order({
      $case: 'uploadTicket',
      value: {
        attemptId,
        url: `https://127.0.0.1:${this.ports.uploads}/${attemptId}`,
        authorization: `Bearer ${randomBytes(8).toString('hex')}`,
        expiresAt: new Date(Date.now() + 60_000),
      },
    });
  }

  private registryService(): UntypedServiceImplementation {
    const service: registryProto.RegistryServiceServer = {
      join: (call, answer) => {
        const { tokenId, tokenSecret, certificateRequest } = call.request;
        const token = this.tokens.get(tokenId);
        if (token?.secret !== tokenSecret || !token.usable)
          return answer(
            toGrpcStatus(new AtelierError('unauthenticated', 'The join token is unknown, used up or expired.')),
          );
        const nodeId = `n${++this.nodes}`;
        this.authority.issue({ role: 'node', id: nodeId }, new Uint8Array(certificateRequest)).then(
          (certificate) =>
            answer(null, { nodeId, certificate: Buffer.from(certificate), authorityCertificate: Buffer.alloc(0) }),
          (error: AtelierError) => answer(toGrpcStatus(error)),
        );
      },
      register: (call, answer) => {
        const { id } = peerIdentity(call, { role: 'node' });
        if (this.forgotten.has(id))
          return answer(toGrpcStatus(new AtelierError('unauthenticated', `This farm does not know the node ${id}.`)));
        this.registered.push(call.request);
        if (!this.dials) return answer(null, { nodeId: id });
        this.dial(call.request.advertise).then(
          () => answer(null, { nodeId: id }),
          (error: Error) => answer(toGrpcStatus(new AtelierError('dial_back_failed', error.message))),
        );
      },
      attach: (stream) =>
        void stream.emit('error', toGrpcStatus(new AtelierError('unavailable', 'The double attaches nobody.'))),
    };
    return service;
  }
}

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
