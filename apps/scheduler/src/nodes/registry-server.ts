/** The scheduler's gRPC server: how nodes come into the farm. */
import { Server, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js';
import { AtelierError, registryProto, toGrpcStatus, type agentProto } from '@atelier/contracts';
import type { Logger } from '@atelier/telemetry';
import { peerIdentity, serverCredentials, type Credentials } from '@atelier/trust';
import { problemOf } from '../http/problem.js';
import { serveAttached, type AttachStream } from './attach.js';
import type { NodeDirectory } from './directory.js';
import type { JoinDesk } from './join.js';
import type { Knocks } from './knocks.js';
import type { Sessions } from './sessions.js';

export interface RegistryServerOptions {
  host: string;
  /** 0 takes any free one. */
  port: number;
  credentials: Credentials;
  desk: JoinDesk;
  knocks: Knocks;
  directory: NodeDirectory;
  sessions: Sessions;
  logger: Logger;
}

export interface RegistryServer {
  port: number;
  close(): void;
}

/** Serves. Throws `conflict` where the port is taken. */
export async function serveRegistry(options: RegistryServerOptions): Promise<RegistryServer> {
  const { host, credentials, desk, knocks, sessions, logger } = options;
  const server = new Server();
  server.addService(registryProto.RegistryServiceService, {
    join: answering(logger, ({ request }: ServerUnaryCall<registryProto.JoinRequest, unknown>) =>
      knocks.note(request.nodeName, () => desk.join(request)),
    ),
    register: answering(logger, (call: ServerUnaryCall<registryProto.RegisterRequest, unknown>) =>
      register(call, options),
    ),
    attach: (stream: AttachStream) =>
      serveAttached(stream, { admit: (inventory) => admit(stream, inventory, options), sessions, logger }),
  });
  // A machine that joins has no certificate yet: who must have one is looked at call by call.
  const unchecked = serverCredentials(credentials, { requireClientCertificate: false });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`${host}:${options.port}`, unchecked, (error, bound) =>
      error
        ? reject(new AtelierError('conflict', `Agents cannot be served on ${host}:${options.port}: ${error.message}.`))
        : resolve(bound),
    ),
  );
  return { port, close: () => server.forceShutdown() };
}

/** A node says where it can be dialled; it is answered when a session stands. */
async function register(
  call: ServerUnaryCall<registryProto.RegisterRequest, unknown>,
  options: RegistryServerOptions,
): Promise<registryProto.RegisterResponse> {
  const { advertise, inventory } = call.request;
  const nodeId = admit(call, inventory, options);
  if (!/^(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}$/.test(advertise))
    throw new AtelierError('invalid_request', `The address "${advertise}" to dial must read host:port.`);
  await options.sessions.dial(nodeId, advertise);
  return { nodeId };
}

/** The node that calls. Throws `unauthenticated` where the farm does not know it, `conflict` where it is at work elsewhere. */
function admit(
  call: Pick<ServerUnaryCall<unknown, unknown>, 'getAuthContext'>,
  inventory: agentProto.Inventory | undefined,
  { directory }: RegistryServerOptions,
): string {
  const { id } = peerIdentity(call, { role: 'node' });
  const serial = call.getAuthContext().sslPeerCertificate?.serialNumber;
  const node = directory.find(id);
  if (!node || node.row.certificateSerial.toUpperCase() !== serial?.toUpperCase())
    throw new AtelierError('unauthenticated', `This farm does not know the node ${id}: join again with a new token.`);
  const before = node.inventory;
  if (node.connected && before && inventory && before.macAddress !== inventory.macAddress)
    throw new AtelierError(
      'conflict',
      `The node ${id} is at work on ${before.hostname}: a folder with a node's identity is for one machine. Join with a new token and another folder.`,
    );
  return id;
}

/** A handler whose errors become the catalogue's: what is none of it tells no more than that. */
function answering<Request, Response>(
  logger: Logger,
  handle: (call: ServerUnaryCall<Request, Response>) => Promise<Response>,
) {
  return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>): void => {
    handle(call).then(
      (response) => callback(null, response),
      (error: unknown) => {
        const { code, detail } = problemOf(error, logger);
        callback(toGrpcStatus(new AtelierError(code, detail)));
      },
    );
  };
}
