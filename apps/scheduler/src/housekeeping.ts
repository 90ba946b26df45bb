import type { Store } from '@atelier/store';
import type { Logger } from '@atelier/telemetry';
import type { FileStore } from './artifacts/file-store.js';
import { sweep } from './artifacts/sweep.js';
import type { UploadTickets } from './artifacts/upload-tickets.js';
import type { EnergyMeter } from './farm/energy-meter.js';
import { restorableForMs } from './gallery/gallery-desk.js';
import type { NodeDirectory } from './nodes/directory.js';
import type { Predictions } from './predictions/predictions.js';
import type { Usage } from './predictions/usage.js';

const seenEveryMs = 30_000;
const learnedEveryMs = 10_000;
const retryEveryMs = 600_000;
const tidyEveryMs = 3600_000;
/** A reader who was away for longer reads the state afresh. */
const eventsKeptMs = 7 * 24 * 3600_000;

export interface Household {
  store: Pick<Store, 'artifacts' | 'events' | 'gallery'>;
  files: FileStore;
  tickets: UploadTickets;
  directory: NodeDirectory;
  predictions: Predictions;
  usage: Usage;
  energy: EnergyMeter;
  logger: Logger;
}

/** What has to be done now and then. Returns how to stop it. */
export function keepHouse(household: Household): () => void {
  const { store, files, tickets, directory, predictions, usage, energy, logger } = household;
  const regularly = (everyMs: number, what: string, work: () => Promise<unknown>) =>
    setInterval(() => void work().catch((error: unknown) => logger.warn({ err: error }, `${what} failed.`)), everyMs);
  const timers = [
    regularly(seenEveryMs, 'Noting which nodes were seen', () => directory.noteSeen()),
    regularly(learnedEveryMs, 'Writing what was learned', () =>
      Promise.all([predictions.save(), usage.save(), energy.save()]),
    ),
    setInterval(() => predictions.retryTooLarge(), retryEveryMs),
    regularly(tidyEveryMs, 'Deleting files that nothing names', async () => {
      tickets.forgetStale();
      await store.gallery.forget(new Date(Date.now() - restorableForMs));
      return sweep(store.artifacts, files, tickets);
    }),
    regularly(tidyEveryMs, 'Forgetting old events', () => store.events.prune(new Date(Date.now() - eventsKeptMs))),
  ];
  return () => timers.forEach((timer) => clearInterval(timer));
}
