/** The agent's gRPC server: AgentService for schedulers only, and health, on one port behind mutual TLS. */
import {
  Server,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import { AtelierError, agentProto, toGrpcStatus } from '@atelier/contracts';
import { peerIdentity, serverCredentials, type Credentials } from '@atelier/trust';
import { HealthImplementation } from 'grpc-health-check';
import type { SchedulerLink } from './link/scheduler-link.js';
import { formatAddress, type Address } from './node/address.js';
import type { TelemetryHub } from './telemetry/telemetry.js';
import type { RecentLines } from './telemetry/recent-lines.js';
import { serveTelemetry } from './telemetry/telemetry-stream.js';

export interface AgentServer {
  /** Where it listens; the port is the real one. */
  address: Address;
  /** Lets what was said go out, and then cuts every connection. */
  close(): Promise<void>;
}

/** Longest time for last words. */
const leaveMs = 1_000;

/** Serves on `listen`. Throws AtelierError `conflict` where the port is taken. */
export async function serveAgent(
  listen: Address,
  credentials: Credentials,
  link: SchedulerLink,
  hub: TelemetryHub,
  recentLines: RecentLines,
): Promise<AgentServer> {
  const server = new Server();
  server.addService(agentProto.AgentServiceService, {
    session: (stream: ServerDuplexStream<agentProto.SessionRequest, agentProto.SessionResponse>) =>
      forScheduler(stream, () => link.serve(stream)),
    watchTelemetry: (
      stream: ServerWritableStream<agentProto.WatchTelemetryRequest, agentProto.WatchTelemetryResponse>,
    ) => forScheduler(stream, () => serveTelemetry(stream, hub)),
    readLogs: (
      call: ServerUnaryCall<agentProto.ReadLogsRequest, agentProto.ReadLogsResponse>,
      answer: sendUnaryData<agentProto.ReadLogsResponse>,
    ) => forScheduler(call, () => answer(null, { lines: recentLines.latest(call.request.lines) })),
  });
  const health = new HealthImplementation({ '': 'SERVING', 'atelier.agent.v1.AgentService': 'SERVING' });
  health.addToServer(server);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync(formatAddress(listen), serverCredentials(credentials), (error, port) =>
      error
        ? reject(new AtelierError('conflict', `The agent cannot listen on ${formatAddress(listen)}: ${error.message}.`))
        : resolve(port),
    ),
  );
  return { address: { host: listen.host, port }, close: () => shutDown(server) };
}

async function shutDown(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, leaveMs).unref();
    server.tryShutdown(() => resolve());
  });
  server.forceShutdown();
}

/** Serves a call of a scheduler of this farm; any other peer is refused. */
function forScheduler(
  call: Pick<ServerWritableStream<unknown, unknown>, 'getAuthContext' | 'emit'>,
  serve: () => void,
): void {
  try {
    peerIdentity(call, { role: 'scheduler' });
  } catch (error) {
    return void call.emit('error', toGrpcStatus(error as AtelierError));
  }
  serve();
}
