/** For a node that the scheduler cannot dial: a stream that the agent opens, and through which the scheduler comes in. */
import { connect } from 'node:net';
import type { ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import { AtelierError, fromGrpcStatus, registryProto, type agentProto } from '@atelier/contracts';
import { clientCredentials, Tunnel, type Credentials } from '@atelier/trust';
import { formatAddress, type Address } from '../node/address.js';

type Stream = ClientDuplexStream<registryProto.AttachRequest, registryProto.AttachResponse>;

export interface AttachmentOptions {
  scheduler: Address;
  credentials: Credentials;
  /** Where the agent's gRPC server listens. */
  server: Address;
  inventory(): Promise<agentProto.Inventory>;
}

/** How long the scheduler may take to open a session through the stream. */
const attachTimeoutMs = 30_000;

export class Attachment {
  private present: { close(): void } | undefined;

  constructor(private readonly options: AttachmentOptions) {}

  /** Opens the stream, in place of one before. Resolves when a session stands; rejects with AtelierError. */
  async open(): Promise<void> {
    this.close();
    const { scheduler, credentials, server } = this.options;
    const inventory = await this.options.inventory();
    const tls = clientCredentials(credentials, { role: 'scheduler' });
    const client = new registryProto.RegistryServiceClient(formatAddress(scheduler), tls.credentials, tls.options);
    const stream = client.attach();
    const tunnel = new Tunnel(
      {
        send: (chunk) => say(stream, { $case: 'chunk', value: { ...chunk, data: Buffer.from(chunk.data) } }),
        pause: () => stream.pause(),
        resume: () => stream.resume(),
      },
      () => connect(server.port, server.host),
    );
    const close = () => {
      tunnel.close();
      stream.cancel();
      client.close();
    };
    this.present = { close };
    try {
      await new Promise<void>((resolve, reject) => {
        const silence = new AtelierError('unavailable', 'The scheduler opened no session.');
        const timer = setTimeout(() => reject(silence), attachTimeoutMs);
        stream.on('data', ({ message }: registryProto.AttachResponse) => {
          if (message?.$case === 'chunk') return tunnel.receive(message.value);
          clearTimeout(timer);
          resolve();
        });
        stream.on('drain', () => tunnel.drained());
        const ended = (error: AtelierError) => {
          clearTimeout(timer);
          close();
          reject(error);
        };
        stream.on('error', (error) => ended(fromGrpcStatus(error as ServiceError)));
        stream.on('end', () => ended(new AtelierError('unavailable', 'The scheduler ended the stream.')));
        say(stream, { $case: 'open', value: { inventory } });
      });
    } catch (error) {
      close();
      throw error;
    }
  }

  close(): void {
    this.present?.close();
    this.present = undefined;
  }
}

const say = (stream: Stream, message: NonNullable<registryProto.AttachRequest['message']>) => stream.write({ message });
