-- The farm's memory. Written for PostgreSQL 15 and newer; the embedded database is 18.

-- A file in the artifact store, named by its content.
CREATE TABLE artifacts (
  sha256     text PRIMARY KEY,
  kind       text NOT NULL CHECK (kind IN ('result', 'asset')),
  bytes      bigint NOT NULL,
  media_type text NOT NULL,
  width      integer,
  height     integer,
  created_at timestamptz(3) NOT NULL DEFAULT now()
);

-- One row per submitted batch, whatever its size. Tasks that no counter names are pending.
CREATE TABLE jobs (
  id                text PRIMARY KEY,
  name              text NOT NULL,
  project           text NOT NULL,
  state             text NOT NULL
    CHECK (state IN ('queued', 'running', 'paused', 'cancelling', 'cancelled', 'completed', 'failed')),
  priority          integer NOT NULL,
  model             text NOT NULL,
  batch_text        text NOT NULL,
  expansion_version integer NOT NULL,
  resolved          text NOT NULL,
  seed_base         bigint NOT NULL,
  prompts_sha256    text REFERENCES artifacts,
  warnings          text[] NOT NULL,
  total             integer NOT NULL CHECK (total > 0),
  running           integer NOT NULL DEFAULT 0 CHECK (running >= 0),
  succeeded         integer NOT NULL DEFAULT 0 CHECK (succeeded >= 0),
  dead              integer NOT NULL DEFAULT 0 CHECK (dead >= 0),
  cancelled         integer NOT NULL DEFAULT 0 CHECK (cancelled >= 0),
  created_at        timestamptz(3) NOT NULL DEFAULT now(),
  started_at        timestamptz(3),
  finished_at       timestamptz(3),
  CONSTRAINT jobs_counts_check CHECK (running + succeeded + dead + cancelled <= total)
) WITH (fillfactor = 50);
CREATE INDEX jobs_created ON jobs (created_at DESC, id DESC);
CREATE INDEX jobs_unfinished ON jobs (created_at) WHERE state IN ('queued', 'running', 'paused', 'cancelling');

-- Render classes: the tasks below a class's cursor have been leased at least once and have a row of their own.
CREATE TABLE job_classes (
  job_id   text NOT NULL REFERENCES jobs,
  class_id integer NOT NULL,
  count    integer NOT NULL CHECK (count > 0),
  cursor   integer NOT NULL DEFAULT 0 CHECK (cursor BETWEEN 0 AND count),
  PRIMARY KEY (job_id, class_id)
) WITH (fillfactor = 50);

CREATE TABLE job_assets (
  job_id text NOT NULL REFERENCES jobs,
  sha256 text NOT NULL REFERENCES artifacts,
  PRIMARY KEY (job_id, sha256)
);
CREATE INDEX job_assets_artifact ON job_assets (sha256);

-- A task that was leased at least once. `attempt_id` is the attempt that holds it, or held it last.
-- `returned` exists for its index alone: a partial index on `state` would make every change of state write all indexes.
CREATE TABLE tasks (
  job_id     text NOT NULL REFERENCES jobs,
  task_index integer NOT NULL CHECK (task_index >= 0),
  class_id   integer NOT NULL,
  state      text NOT NULL
    CHECK (state IN ('pending', 'leased', 'running', 'uploading', 'succeeded', 'dead', 'cancelled')),
  attempts   integer NOT NULL,
  attempt_id text NOT NULL,
  cause      text,
  message    text,
  returned   boolean GENERATED ALWAYS AS (state = 'pending') STORED,
  PRIMARY KEY (job_id, task_index)
) WITH (fillfactor = 70);
CREATE INDEX tasks_returned ON tasks (job_id) WHERE returned;

-- One try at a task on one node.
CREATE TABLE attempts (
  id          text PRIMARY KEY,
  job_id      text NOT NULL,
  task_index  integer NOT NULL,
  number      integer NOT NULL,
  state       text NOT NULL
    CHECK (state IN ('leased', 'running', 'lapsed', 'revoked', 'succeeded', 'failed')),
  node_id     text NOT NULL,
  slot_id     text NOT NULL,
  term        bigint NOT NULL,
  leased_at   timestamptz(3) NOT NULL DEFAULT now(),
  started_at  timestamptz(3),
  finished_at timestamptz(3),
  cause       text,
  message     text,
  record      jsonb,
  unsettled   boolean GENERATED ALWAYS AS (state IN ('leased', 'running', 'lapsed')) STORED,
  UNIQUE (job_id, task_index, number),
  FOREIGN KEY (job_id, task_index) REFERENCES tasks
) WITH (fillfactor = 70);
CREATE INDEX attempts_unsettled ON attempts (job_id) WHERE unsettled;

-- The primary key is the promise: one result per task, for ever. A deleted one stays as a tombstone without a file.
CREATE TABLE results (
  job_id       text NOT NULL,
  task_index   integer NOT NULL,
  attempt_id   text NOT NULL,
  node_id      text NOT NULL,
  sha256       text REFERENCES artifacts,
  pixel_sha256 text NOT NULL,
  file         text NOT NULL,
  seed         bigint NOT NULL,
  prompt       text NOT NULL,
  created_at   timestamptz(3) NOT NULL DEFAULT now(),
  deleted_at   timestamptz(3),
  PRIMARY KEY (job_id, task_index),
  FOREIGN KEY (job_id, task_index) REFERENCES tasks,
  CONSTRAINT results_tombstone_check CHECK ((sha256 IS NULL) = (deleted_at IS NOT NULL))
);
CREATE INDEX results_created ON results (created_at DESC, job_id DESC, task_index DESC);
CREATE INDEX results_artifact ON results (sha256);

CREATE TABLE nodes (
  id                 text PRIMARY KEY,
  name               text NOT NULL,
  state              text NOT NULL
    CHECK (state IN ('joining', 'testing', 'ready', 'draining', 'drained', 'quarantined', 'offline', 'off')),
  reason             text,
  address            text NOT NULL DEFAULT '',
  inventory          jsonb,
  certificate_serial text NOT NULL,
  engine_build       text NOT NULL DEFAULT '',
  joined_at          timestamptz(3) NOT NULL DEFAULT now(),
  last_seen_at       timestamptz(3)
) WITH (fillfactor = 50);

CREATE TABLE models (
  kind           text NOT NULL CHECK (kind IN ('checkpoint', 'lora', 'vae')),
  name           text NOT NULL,
  sha256         text NOT NULL,
  architecture   text,
  bytes          bigint NOT NULL,
  path           text NOT NULL,
  default_width  integer,
  default_height integer,
  description    text,
  PRIMARY KEY (kind, name)
);

CREATE TABLE join_tokens (
  id          text PRIMARY KEY,
  secret_hash text NOT NULL,
  uses_left   integer NOT NULL CHECK (uses_left >= 0),
  created_at  timestamptz(3) NOT NULL DEFAULT now(),
  expires_at  timestamptz(3) NOT NULL
);

CREATE TABLE authority (
  id          integer PRIMARY KEY DEFAULT 1 CHECK (id = 1),
  certificate text NOT NULL,
  wrapped_key text NOT NULL,
  created_at  timestamptz(3) NOT NULL DEFAULT now()
);

CREATE TABLE idempotency_keys (
  principal  text NOT NULL,
  route      text NOT NULL,
  key        text NOT NULL,
  body_hash  text NOT NULL,
  answer     text NOT NULL,
  expires_at timestamptz(3) NOT NULL,
  PRIMARY KEY (principal, route, key)
);
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);

-- Who leads, and for which time in a row: every dispatcher transaction holds this row to its term.
CREATE TABLE leadership (
  id          integer PRIMARY KEY DEFAULT 1 CHECK (id = 1),
  term        bigint NOT NULL,
  holder      text NOT NULL,
  acquired_at timestamptz(3) NOT NULL DEFAULT now()
) WITH (fillfactor = 10);

CREATE TABLE events (
  seq        bigint PRIMARY KEY,
  at         timestamptz(3) NOT NULL,
  type       text NOT NULL,
  job_id     text,
  node_id    text,
  task_index integer,
  data       jsonb NOT NULL
);

-- The last number given out. A transaction takes its numbers as its last statement and holds this row until it commits:
-- numbers become visible in their own order, and a reader of `seq > n` never skips one.
CREATE TABLE event_counter (
  id  integer PRIMARY KEY DEFAULT 1 CHECK (id = 1),
  seq bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO event_counter (seq) VALUES (0);

-- What others may rely on: docs/schema.md. A change that breaks a reader makes a `_v2` beside it.
CREATE VIEW jobs_v1 AS
SELECT id, name, project, state, priority, model, seed_base, total,
       total - running - succeeded - dead - cancelled AS pending,
       running, succeeded, dead, cancelled, created_at, started_at, finished_at
FROM jobs;

CREATE VIEW results_v1 AS
SELECT r.job_id, r.task_index, r.attempt_id, r.node_id, r.sha256, r.pixel_sha256, r.file, a.media_type, a.bytes,
       a.width, a.height, r.seed, r.prompt, r.created_at
FROM results r JOIN artifacts a ON a.sha256 = r.sha256;

CREATE VIEW attempts_v1 AS
SELECT id, job_id, task_index, number, state, node_id, slot_id, leased_at, started_at, finished_at, cause, message, record
FROM attempts;

CREATE VIEW events_v1 AS
SELECT seq, at, type, job_id, node_id, task_index, data FROM events;
