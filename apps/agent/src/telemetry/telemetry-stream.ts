/** One watcher's stream. Latest wins: what a slow reader has not taken is replaced, never queued. */
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { agentProto } from '@atelier/contracts';
import type { Telemetry, TelemetryHub } from './telemetry.js';

export type TelemetryStream = ServerWritableStream<agentProto.WatchTelemetryRequest, agentProto.WatchTelemetryResponse>;

/** Sends the hub's telemetry until the reader leaves. */
export function serveTelemetry(stream: TelemetryStream, hub: TelemetryHub): void {
  const latest = new Map<string, Telemetry>();
  let full = false;
  const flush = () => {
    for (const [subject, message] of latest) {
      if (full) return;
      latest.delete(subject);
      full = !stream.write({ message });
    }
  };
  const stop = hub.watch(stream.request.previews, (telemetry) => {
    latest.set(subjectOf(telemetry), telemetry);
    flush();
  });
  stream.on('drain', () => {
    full = false;
    flush();
  });
  stream.once('cancelled', () => {
    stop();
    stream.end();
  });
}

function subjectOf({ $case, value }: Telemetry): string {
  return `${$case} ${'attemptId' in value ? value.attemptId : value.slotId}`;
}
