import type { ClientReadableStream } from '@grpc/grpc-js';
import { agentProto } from '@atelier/contracts';

export type Telemetry = NonNullable<agentProto.WatchTelemetryResponse['message']>;

/** A stream that broke while its session stands is opened again after this. */
const retryMs = 1000;

/** Progress, previews and readings of one node, for as long as its session stands. */
export class TelemetryWatch {
  private stream: ClientReadableStream<agentProto.WatchTelemetryResponse> | undefined;
  private retry: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly client: agentProto.AgentServiceClient,
    private previews: boolean,
    private readonly onTelemetry: (telemetry: Telemetry) => void,
  ) {
    this.open();
  }

  /** Previews cost time on the slot: they are asked for only while somebody watches. */
  setPreviews(previews: boolean): void {
    if (this.closed || previews === this.previews) return;
    this.previews = previews;
    this.shut();
    this.open();
  }

  close(): void {
    this.closed = true;
    this.shut();
  }

  private open(): void {
    const stream = this.client.watchTelemetry({ previews: this.previews });
    this.stream = stream;
    stream.on('data', ({ message }: agentProto.WatchTelemetryResponse) => {
      if (message && stream === this.stream) this.onTelemetry(message);
    });
    stream.on('error', () => this.reopen(stream));
    stream.on('end', () => this.reopen(stream));
  }

  private reopen(stream: ClientReadableStream<agentProto.WatchTelemetryResponse>): void {
    if (stream !== this.stream) return;
    this.stream = undefined;
    this.retry = setTimeout(() => this.open(), retryMs);
  }

  private shut(): void {
    clearTimeout(this.retry);
    const stream = this.stream;
    this.stream = undefined;
    stream?.cancel();
  }
}
