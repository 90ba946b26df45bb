import { AtelierError } from '@atelier/contracts';
import { createArtifacts } from './artifacts/artifacts.js';
import { createAuthorities } from './authority/authority.js';
import { connect, type Database } from './database/database.js';
import { refusalToOpen } from './database/errors.js';
import { migrate } from './database/migrate.js';
import { createDispatch } from './dispatch/dispatch.js';
import { openEmbeddedDatabase } from './embedded/embedded-database.js';
import { keepTidy } from './embedded/keep-tidy.js';
import { createEnergy } from './energy/energy.js';
import { createEventLog } from './events/event-log.js';
import { createGallery } from './gallery/gallery.js';
import { createIdempotency } from './idempotency/idempotency.js';
import { createInsight } from './insight/insight.js';
import { createJobs } from './jobs/jobs.js';
import { createLeadership } from './leadership/leadership.js';
import { createModels } from './models/models.js';
import { createNodes } from './nodes/nodes.js';
import { createResults } from './results/results.js';
import { createScheduling } from './scheduling/scheduling.js';
import { createSettings } from './settings/settings.js';
import type { Store, StoreLocation } from './store.js';
import { createTasks } from './tasks/tasks.js';
import { createTokens } from './tokens/tokens.js';

/**
 * Opens the farm's memory and brings it to the present schema.
 * Throws `conflict` when another process has the data folder, the server is too old or a newer version made the database,
 * `invalid_request` when the folder cannot be used or the server refuses, `unavailable` when it does not answer.
 */
export async function openStore(location: StoreLocation): Promise<Store> {
  if ('databaseUrl' in location) {
    if (!/^postgres(ql)?:\/\//.test(location.databaseUrl))
      throw new AtelierError('invalid_request', 'The database address does not begin with postgresql://.');
    return assemble('cluster', location.databaseUrl, async () => {});
  }
  const embedded = await openEmbeddedDatabase(location.dataDir);
  return assemble('embedded', embedded.url, () => embedded.close());
}

async function assemble(kind: Store['kind'], databaseUrl: string, closeEmbedded: () => Promise<void>): Promise<Store> {
  const database = connect(databaseUrl);
  const closeAll = async () => {
    await database.close();
    await closeEmbedded();
  };
  try {
    await migrate(database);
  } catch (error) {
    await closeAll();
    throw refusalToOpen(error);
  }
  return storeOver(database, kind, databaseUrl, closeAll);
}

function storeOver(database: Database, kind: Store['kind'], databaseUrl: string, closeAll: () => Promise<void>): Store {
  const leadership = createLeadership(database);
  const dispatch = createDispatch(database, leadership);
  const stopTidying = kind === 'embedded' ? keepTidy(database) : async () => {};
  return {
    kind,
    databaseUrl,
    jobs: createJobs(database),
    tasks: createTasks(database),
    dispatch,
    results: createResults(database),
    gallery: createGallery(database),
    insight: createInsight(database),
    artifacts: createArtifacts(database),
    nodes: createNodes(database),
    models: createModels(database),
    events: createEventLog(database),
    tokens: createTokens(database),
    authority: createAuthorities(database),
    idempotency: createIdempotency(database),
    leadership,
    scheduling: createScheduling(database),
    settings: createSettings(database),
    energy: createEnergy(database),
    ping: async () => {
      try {
        await database.query('SELECT 1');
        return true;
      } catch {
        return false;
      }
    },
    close: async () => {
      await dispatch.drained();
      await stopTidying();
      await closeAll();
    },
  };
}
