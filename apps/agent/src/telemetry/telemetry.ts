/** What happens on this node right now, for whoever watches. Nothing is kept. */
import { EventEmitter } from 'node:events';
import type { agentProto } from '@atelier/contracts';

export type Telemetry = NonNullable<agentProto.WatchTelemetryResponse['message']>;

interface HubEvents {
  telemetry: [Telemetry];
  /** Somebody has begun to look at previews, or nobody does any more. */
  previews: [wanted: boolean];
}

export class TelemetryHub extends EventEmitter<HubEvents> {
  private previewWatchers = 0;

  constructor() {
    super();
    this.setMaxListeners(0);
  }

  /** Previews cost time on the slot: they are made only while somebody wants them. */
  get previewsWanted(): boolean {
    return this.previewWatchers > 0;
  }

  publish(telemetry: Telemetry): void {
    this.emit('telemetry', telemetry);
  }

  /** Hears everything, previews only if asked for. Returns how to stop. */
  watch(previews: boolean, listener: (telemetry: Telemetry) => void): () => void {
    const heard = (telemetry: Telemetry) => {
      if (previews || telemetry.$case !== 'preview') listener(telemetry);
    };
    this.on('telemetry', heard);
    if (previews) this.countPreviews(1);
    return () => {
      this.off('telemetry', heard);
      if (previews) this.countPreviews(-1);
    };
  }

  private countPreviews(change: number): void {
    const before = this.previewsWanted;
    this.previewWatchers += change;
    if (before !== this.previewsWanted) this.emit('previews', this.previewsWanted);
  }
}
