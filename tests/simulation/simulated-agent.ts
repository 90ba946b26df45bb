/**
 * A simulated agent: joins, registers and speaks the session like a real one, but draws by formula in a given time instead
 * of running an engine. For tests and benchmarks of everything around the engine; it never ships.
 */
import { createHash, randomUUID } from 'node:crypto';
import { request as httpsRequest } from 'node:https';
import {
  Server,
  type ServerDuplexStream,
  type ServerWritableStream,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { agentProto, registryProto } from '@atelier/contracts';
import {
  certificateToPem,
  clientCredentials,
  createCertificateRequest,
  fetchAndPinAuthority,
  parseJoinToken,
  serverCredentials,
  tlsClientOptions,
  type Credentials,
} from '@atelier/trust';
import sharp from 'sharp';

export interface SimulatedAgentOptions {
  /** host:port of the scheduler's RegistryService. */
  scheduler: string;
  /** Join token; with `identity` a returning node needs none. */
  token?: string;
  identity?: SimulatedIdentity;
  name?: string;
  slots?: number;
  /** Milliseconds that a picture takes. @default 20 */
  pictureMs?: number;
  /** Tells of a step every so many milliseconds while it draws. Absent: of the first step alone. */
  progressEveryMs?: number;
  /** Hashes of the models that it claims to have. */
  models?: agentProto.ModelReference[];
  /** Features that it claims. */
  features?: string[];
  /** Called before a task is drawn: throwing a SimulatedFailure fails the attempt. */
  onTask?: (lease: agentProto.Lease) => void;
  /** How its acceptance test ends; without it the agent knows of none, as an older one. */
  onTest?: () => SimulatedTest | Promise<SimulatedTest>;
  /** Protocols that it speaks, as an older or a younger agent. @default 1 */
  protocols?: { minimum: number; maximum: number };
  /** What tells its machine from others. */
  hardwareId?: string;
  /** What its slots say that their temperature is. @default nothing */
  temperatureCelsius?: number;
  /** UUIDs of its slots' cards, by slot number. */
  deviceIds?: string[];
  /**
   * Nothing is drawn and nothing uploaded: a task is said to be done `pictureMs` after it has begun, or at once. For a scheduler that takes
   * results on the agent's word, to measure everything but pictures.
   */
  noop?: boolean;
  /** What is left of an agent that was pulled: pictures in its spool. */
  spool?: SimulatedSpool;
}

export type SimulatedTest = Pick<agentProto.SlotTest, 'outcome' | 'message'>;

export interface SimulatedIdentity {
  nodeId: string;
  credentials: Credentials;
}

export class SimulatedFailure extends Error {
  constructor(
    readonly failureCause: agentProto.FailureCause,
    message: string,
  ) {
    super(message);
  }
}

/** Pictures that wait for their acknowledgement, by attempt. */
export type SimulatedSpool = Map<string, Finished>;

type Session = ServerDuplexStream<agentProto.SessionRequest, agentProto.SessionResponse>;
type TelemetryStream = ServerWritableStream<agentProto.WatchTelemetryRequest, agentProto.WatchTelemetryResponse>;
type Response = NonNullable<agentProto.SessionResponse['message']>;
export interface Finished {
  lease: agentProto.Lease;
  file: Buffer;
  sha256: string;
  pixelSha256: string;
  startedAt: Date;
  finishedAt: Date;
}

export class SimulatedAgent {
  /** Tasks drawn to the end, whatever became of them. */
  drawn = 0;
  lastAssignment: agentProto.Assignment | undefined;
  private session: Session | undefined;
  private celsius: number | undefined;
  readonly spool: SimulatedSpool;
  private readonly watchers = new Set<TelemetryStream>();
  private readonly held = new Map<string, { lease: agentProto.Lease; slotId: string; revoked: boolean }>();
  private readonly queues = new Map<string, Promise<void>>();

  private constructor(
    readonly identity: SimulatedIdentity,
    readonly address: string,
    private readonly server: Server,
    private readonly options: SimulatedAgentOptions,
  ) {
    this.spool = options.spool ?? new Map();
    this.celsius = options.temperatureCelsius;
  }

  /** Joins (or returns), serves, and registers: resolves after the scheduler has dialled back. */
  static async start(options: SimulatedAgentOptions): Promise<SimulatedAgent> {
    const identity = options.identity ?? (await join(options));
    const server = new Server();
    const served: { agent?: SimulatedAgent } = {};
    server.addService(agentProto.AgentServiceService, {
      session: (stream: Session) => served.agent?.serve(stream),
      watchTelemetry: (stream: TelemetryStream) => {
        served.agent?.watchers.add(stream);
        served.agent?.tellTemperature(stream);
        stream.on('cancelled', () => {
          served.agent?.watchers.delete(stream);
          stream.end();
        });
      },
    } as unknown as UntypedServiceImplementation);
    const port = await new Promise<number>((done, fail) =>
      server.bindAsync('127.0.0.1:0', serverCredentials(identity.credentials), (error, bound) =>
        error ? fail(error) : done(bound),
      ),
    );
    const agent = new SimulatedAgent(identity, `127.0.0.1:${port}`, server, options);
    served.agent = agent;
    await agent.register();
    return agent;
  }

  /** Cuts every connection at once, as a pulled plug does. Nothing is said, nothing is kept. */
  pull(): void {
    this.session = undefined;
    for (const attempt of this.held.values()) attempt.revoked = true;
    this.server.forceShutdown();
  }

  /** Breaks the session, as a network does; the work goes on. */
  cut(): void {
    this.session?.destroy();
    this.session = undefined;
  }

  private async register() {
    const { credentials, options } = clientCredentials(this.identity.credentials, { role: 'scheduler' });
    const client = new registryProto.RegistryServiceClient(this.options.scheduler, credentials, options);
    try {
      await new Promise<void>((done, fail) =>
        client.register({ advertise: this.address, inventory: this.inventory() }, (error) =>
          error ? fail(error) : done(),
        ),
      );
    } finally {
      client.close();
    }
  }

  /** Its slots have this temperature from now on. */
  readTemperature(celsius: number): void {
    this.celsius = celsius;
    for (const watcher of this.watchers) this.tellTemperature(watcher);
  }

  private tellTemperature(watcher: TelemetryStream): void {
    const { celsius: temperatureCelsius } = this;
    if (temperatureCelsius === undefined) return;
    const rest = { busyRatio: 0, gpuUtilizationRatio: 0, memoryUsedBytes: 0, powerWatts: 0 };
    for (const slotId of this.slotIds())
      watcher.write({ message: { $case: 'slotReading', value: { slotId, temperatureCelsius, ...rest } } });
  }

  private slotIds(): string[] {
    return Array.from({ length: this.options.slots ?? 1 }, (_, i) => `cpu-${i}`);
  }

  private inventory(): agentProto.Inventory {
    return {
      hostname: this.options.name ?? 'simulated',
      os: 'simulated',
      cpuModel: 'simulated',
      cpuCores: 1,
      memoryBytes: 2 ** 30,
      diskFreeBytes: 2 ** 30,
      macAddress: '',
      chassis: '',
      bay: 0,
      devices: this.slotIds().map((slotId, i) => ({
        slotId,
        deviceId: this.options.deviceIds?.[i] ?? slotId,
        name: 'simulated',
        provider: 'simulated',
        memoryBytes: 2 ** 30,
        driver: '',
        reason: 'this agent is simulated',
        canRun: [],
      })),
      models: this.options.models ?? [],
      metricsAddress: '',
      agentVersion: 'simulated',
      pid: process.pid,
      hardwareId: this.options.hardwareId ?? '',
    };
  }

  private serve(stream: Session) {
    stream.on('data', ({ message }: agentProto.SessionRequest) => {
      if (message) this.receive(stream, message);
    });
    stream.on('end', () => stream.end());
    stream.on('error', () => {});
  }

  private send(message: Response) {
    this.session?.write({ message });
  }

  private receive(stream: Session, message: NonNullable<agentProto.SessionRequest['message']>) {
    switch (message.$case) {
      case 'open':
        this.session = stream;
        return this.send({ $case: 'hello', value: this.hello() });
      case 'heartbeat':
        return this.send({ $case: 'heartbeat', value: {} });
      case 'assignment':
        this.lastAssignment = message.value;
        return this.accept(message.value);
      case 'revocation':
        for (const id of message.value.attemptIds) this.revoke(id);
        return;
      case 'uploadTicket':
        return void this.upload(message.value);
      case 'acknowledgement':
        this.spool.delete(message.value.attemptId);
        return;
      case 'drain':
        return this.tellSlots(message.value.mode);
      case 'acceptanceTest':
        return void this.test(message.value);
    }
  }

  private hello(): agentProto.Hello {
    return {
      protocol: this.options.protocols?.maximum ?? 1,
      minimumProtocol: this.options.protocols?.minimum ?? 1,
      engineBuild: 'simulated',
      expansionVersions: [1],
      features: this.options.features ?? [],
      inventory: this.inventory(),
      slots: this.slotIds().map((slotId) => ({
        slotId,
        state: agentProto.SlotState.SLOT_STATE_IDLE,
        reason: '',
        loadedCheckpoint: '',
        attemptIds: [],
        enginePid: 0,
        loadedKeys: [],
        memoryKeys: [],
      })),
      attemptIds: [...this.held.keys()],
      spool: [...this.spool.values()].map(ticketRequest),
      capabilities: this.options.onTest ? ['acceptance_test'] : [],
    };
  }

  private accept({ slotId, leases }: agentProto.Assignment) {
    const attemptIds = leases.map(({ attemptId }) => attemptId);
    this.send({
      $case: 'acceptance',
      value: { attemptIds, accepted: true, cause: agentProto.FailureCause.FAILURE_CAUSE_UNSPECIFIED, message: '' },
    });
    for (const lease of leases) this.held.set(lease.attemptId, { lease, slotId, revoked: false });
    const before = this.queues.get(slotId) ?? Promise.resolve();
    this.queues.set(
      slotId,
      before.then(async () => {
        for (const lease of leases) await this.draw(lease);
      }),
    );
  }

  private tellSlots(mode: agentProto.DrainMode) {
    if (mode === agentProto.DrainMode.DRAIN_MODE_NOW)
      for (const attemptId of [...this.held.keys()]) this.revoke(attemptId);
    const drains = mode !== agentProto.DrainMode.DRAIN_MODE_UNSPECIFIED;
    const state = drains ? agentProto.SlotState.SLOT_STATE_DRAINED : agentProto.SlotState.SLOT_STATE_IDLE;
    for (const slotId of this.slotIds())
      this.send({
        $case: 'slotStatus',
        value: {
          slotId,
          state,
          reason: '',
          loadedCheckpoint: '',
          attemptIds: [...this.held].flatMap(([id, attempt]) => (attempt.slotId === slotId ? id : [])),
          enginePid: 0,
          loadedKeys: [],
          memoryKeys: [],
        },
      });
  }

  private async test({ testId }: agentProto.AcceptanceTest) {
    await new Promise((wait) => setTimeout(wait, this.options.pictureMs ?? 20));
    const numbers = { largestDifference: 0, meanDifference: 0, loadSeconds: 0.1, stepSeconds: 0.01 };
    const told = await this.options.onTest!();
    const slots = this.slotIds().map((slotId) => ({ slotId, ...numbers, ...told }));
    this.send({ $case: 'acceptanceReport', value: { testId, slots } });
  }

  private revoke(attemptId: string) {
    const attempt = this.held.get(attemptId);
    if (attempt) attempt.revoked = true;
    this.spool.delete(attemptId);
    this.held.delete(attemptId);
    const cause = agentProto.FailureCause.FAILURE_CAUSE_REVOKED;
    this.send({ $case: 'attemptFailed', value: { attemptId, cause, message: 'Revoked.' } });
  }

  private async draw(lease: agentProto.Lease) {
    const { attemptId, request } = lease;
    const attempt = this.held.get(attemptId);
    if (!attempt || attempt.revoked || !request) return;
    this.send({ $case: 'attemptStarted', value: { attemptId } });
    if (this.options.noop) {
      if (this.options.pictureMs) await new Promise((wait) => setTimeout(wait, this.options.pictureMs));
      return this.sayDone(lease);
    }
    const progress = { attemptId, stage: 'denoise', step: 1, steps: request.steps };
    const tell = () => {
      for (const watcher of this.watchers) watcher.write({ message: { $case: 'progress', value: progress } });
      progress.step = (progress.step % request.steps) + 1;
    };
    tell();
    const { progressEveryMs } = this.options;
    const telling = progressEveryMs === undefined ? undefined : setInterval(tell, progressEveryMs);
    const startedAt = new Date();
    try {
      this.options.onTask?.(lease);
      await new Promise((wait) => setTimeout(wait, this.options.pictureMs ?? 20));
      if (attempt.revoked) return;
      const finished = await paint(lease, startedAt);
      this.drawn++;
      this.held.delete(attemptId);
      this.spool.set(attemptId, finished);
      this.send({ $case: 'uploadTicketRequest', value: ticketRequest(finished) });
    } catch (error) {
      this.held.delete(attemptId);
      const cause =
        error instanceof SimulatedFailure ? error.failureCause : agentProto.FailureCause.FAILURE_CAUSE_ENGINE_CRASHED;
      this.send({ $case: 'attemptFailed', value: { attemptId, cause, message: (error as Error).message } });
    } finally {
      clearInterval(telling);
    }
  }

  private async upload({ attemptId, url, authorization }: agentProto.UploadTicket) {
    const finished = this.spool.get(attemptId);
    if (!finished) return;
    // A scheduler that is away asks for the spool when it is back.
    const status = await put(url, authorization, finished.file, this.identity.credentials).catch(() => 503);
    if (status >= 300) return;
    this.reportUploaded(finished);
  }

  private sayDone(lease: agentProto.Lease) {
    this.drawn++;
    this.held.delete(lease.attemptId);
    const now = new Date();
    this.reportUploaded({
      lease,
      file: nothing,
      sha256: hashOfNothing,
      pixelSha256: hashOfNothing,
      startedAt: now,
      finishedAt: now,
    });
  }

  private reportUploaded(finished: Finished) {
    const { attemptId, request } = finished.lease;
    this.send({
      $case: 'attemptUploaded',
      value: {
        attemptId,
        sha256: finished.sha256,
        pixelSha256: finished.pixelSha256,
        width: request!.width,
        height: request!.height,
        withheld: false,
        record: {
          engineBuild: 'simulated',
          provider: 'simulated',
          device: 'simulated',
          groupSize: 1,
          loadSeconds: 0,
          encodeSeconds: 0,
          denoiseSeconds: (finished.finishedAt.getTime() - finished.startedAt.getTime()) / 1000,
          decodeSeconds: 0,
          uploadSeconds: 0,
          renderStartedAt: finished.startedAt,
          renderFinishedAt: finished.finishedAt,
          loadTier: agentProto.LoadTier.LOAD_TIER_UNSPECIFIED,
          memoryBytes: 0,
          fetchedBytes: 0,
          fetchSeconds: 0,
        },
      },
    });
  }
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const nothing = Buffer.alloc(0);
const hashOfNothing = sha256(nothing);

function ticketRequest({ lease, file, sha256 }: Finished): agentProto.UploadTicketRequest {
  return { attemptId: lease.attemptId, sha256, bytes: file.length, mediaType: 'image/png' };
}

/** A picture that is a function of the request alone, as a real one is. */
async function paint(lease: agentProto.Lease, startedAt: Date): Promise<Finished> {
  const { width, height } = lease.request!;
  const seed = createHash('sha256').update(JSON.stringify(lease.request)).digest();
  const pixels = Buffer.alloc(width * height * 3);
  for (let i = 0; i < pixels.length; i++) pixels[i] = (seed[i % 32]! + i) & 255;
  const file = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  return { lease, file, sha256: sha256(file), pixelSha256: sha256(pixels), startedAt, finishedAt: new Date() };
}

async function join({ scheduler, token, name, hardwareId }: SimulatedAgentOptions): Promise<SimulatedIdentity> {
  const { id, secret, pin } = parseJoinToken(token ?? '');
  const [host = '', port = ''] = scheduler.split(':');
  const authorityPem = await fetchAndPinAuthority(host, Number(port), pin);
  const { der, privateKeyPem } = await createCertificateRequest();
  const { credentials, options } = clientCredentials({ authorityPem }, { role: 'scheduler' });
  const client = new registryProto.RegistryServiceClient(scheduler, credentials, options);
  try {
    const answer = await new Promise<registryProto.JoinResponse>((done, fail) =>
      client.join(
        {
          tokenId: id,
          tokenSecret: secret,
          certificateRequest: Buffer.from(der),
          nodeName: name ?? `simulated-${randomUUID().slice(0, 8)}`,
          hardwareId,
        },
        (error, response) => (error ? fail(error) : done(response)),
      ),
    );
    const certificatePem = certificateToPem(new Uint8Array(answer.certificate));
    return {
      nodeId: answer.nodeId,
      credentials: { identity: { role: 'node', id: answer.nodeId }, authorityPem, certificatePem, privateKeyPem },
    };
  } finally {
    client.close();
  }
}

function put(url: string, authorization: string, body: Buffer, credentials: Credentials): Promise<number> {
  return new Promise((done, fail) => {
    const call = httpsRequest(
      url,
      {
        method: 'PUT',
        headers: { authorization, 'content-type': 'image/png', 'content-length': body.length },
        ...tlsClientOptions(credentials, { role: 'scheduler' }),
      },
      (answer) => answer.resume().once('end', () => done(answer.statusCode ?? 0)),
    );
    call.once('error', fail);
    call.end(body);
  });
}
