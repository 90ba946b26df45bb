/** Nodes that cannot be dialled: their agents open a stream, and sessions run through it. */
import { createServer, type AddressInfo } from 'node:net';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { AtelierError, toGrpcStatus, type registryProto } from '@atelier/contracts';
import type { Logger } from '@atelier/telemetry';
import { Tunnel } from '@atelier/trust';
import { problemOf } from '../http/problem.js';
import type { Sessions } from './sessions.js';

export type AttachStream = ServerDuplexStream<registryProto.AttachRequest, registryProto.AttachResponse>;

/** How long an agent that attached may take to say what it has. */
const openTimeoutMs = 10_000;

export interface AttachParts {
  /** The node at the other end. Throws where it is none of the farm, or may not come in with this inventory. */
  admit(inventory: registryProto.AttachOpen['inventory']): string;
  sessions: Pick<Sessions, 'dial' | 'leave'>;
  logger: Logger;
}

/**
 * Serves the stream until it ends. The agent's gRPC server is dialled at a port of this machine's loopback, behind which the
 * stream leads to the agent: sessions are encrypted and authenticated through it as over any other line.
 */
export function serveAttached(stream: AttachStream, parts: AttachParts): void {
  const tunnel = new Tunnel({
    send: (chunk) => stream.write({ message: { $case: 'chunk', value: { ...chunk, data: Buffer.from(chunk.data) } } }),
    pause: () => stream.pause(),
    resume: () => stream.resume(),
  });
  const listener = createServer((socket) => tunnel.add(socket));
  let leave = () => {};
  let over = false;
  const end = (error?: unknown) => {
    if (over) return;
    over = true;
    clearTimeout(silence);
    listener.close();
    leave();
    tunnel.close();
    if (error === undefined) return stream.end();
    const { code, detail } = problemOf(error, parts.logger);
    stream.emit('error', toGrpcStatus(new AtelierError(code, detail)));
  };
  const silence = setTimeout(
    () => end(new AtelierError('unavailable', 'The agent attached and said nothing.')),
    openTimeoutMs,
  );

  const open = async ({ inventory }: registryProto.AttachOpen) => {
    const nodeId = parts.admit(inventory);
    await new Promise<void>((resolve, reject) => listener.once('error', reject).listen(0, '127.0.0.1', resolve));
    const address = `127.0.0.1:${(listener.address() as AddressInfo).port}`;
    leave = () => parts.sessions.leave(nodeId, address);
    if (over) return leave();
    await parts.sessions.dial(nodeId, address, '');
    if (!over) stream.write({ message: { $case: 'attached', value: { nodeId } } });
  };
  stream.on('data', ({ message }: registryProto.AttachRequest) => {
    if (message?.$case === 'chunk') tunnel.receive(message.value);
    if (message?.$case !== 'open') return;
    clearTimeout(silence);
    open(message.value).catch(end);
  });
  stream.on('drain', () => tunnel.drained());
  stream.on('error', () => end());
  stream.on('end', () => end());
  stream.on('cancelled', () => end());
}
