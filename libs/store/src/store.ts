import type { Artifacts } from './artifacts/types.js';
import type { Authorities } from './authority/types.js';
import type { Dispatch } from './dispatch/types.js';
import type { Energy } from './energy/types.js';
import type { EventLog } from './events/types.js';
import type { Gallery } from './gallery/types.js';
import type { Idempotency } from './idempotency/types.js';
import type { Insight } from './insight/types.js';
import type { Jobs } from './jobs/types.js';
import type { Leadership } from './leadership/types.js';
import type { Models } from './models/types.js';
import type { Nodes } from './nodes/types.js';
import type { Results } from './results/types.js';
import type { Scheduling } from './scheduling/types.js';
import type { Settings } from './settings/types.js';
import type { Tasks } from './tasks/types.js';
import type { Tokens } from './tokens/types.js';

/** Everything that the farm remembers. The only code that talks to the database. */
export interface Store {
  /** `embedded`: one process, in a data folder. `cluster`: a PostgreSQL server. */
  readonly kind: 'embedded' | 'cluster';
  /** Where others (psql, reports) can read along. */
  readonly databaseUrl: string;
  readonly jobs: Jobs;
  readonly tasks: Tasks;
  readonly dispatch: Dispatch;
  readonly results: Results;
  readonly gallery: Gallery;
  readonly insight: Insight;
  readonly artifacts: Artifacts;
  readonly nodes: Nodes;
  readonly models: Models;
  readonly events: EventLog;
  readonly tokens: Tokens;
  readonly authority: Authorities;
  readonly idempotency: Idempotency;
  readonly leadership: Leadership;
  readonly scheduling: Scheduling;
  readonly settings: Settings;
  readonly energy: Energy;
  /** Whether the database answers. */
  ping(): Promise<boolean>;
  /** Commits what is in flight and lets go of the database. */
  close(): Promise<void>;
}

/** A PostgreSQL server, or a folder in which a database of our own lives. */
export type StoreLocation = { databaseUrl: string } | { dataDir: string };
