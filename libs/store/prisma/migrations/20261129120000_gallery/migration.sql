-- What people do with pictures: find them by model, mark them, delete them and think better of it.

ALTER TABLE results ADD COLUMN model text NOT NULL DEFAULT '';
UPDATE results r SET model = j.model FROM jobs j WHERE j.id = r.job_id;

-- The file of a deleted picture while its deletion can be undone: until it is cleared, the file stays in the store.
ALTER TABLE results ADD COLUMN restorable_sha256 text REFERENCES artifacts;
ALTER TABLE results ADD CONSTRAINT results_restorable_check
  CHECK (restorable_sha256 IS NULL OR deleted_at IS NOT NULL);
CREATE INDEX results_restorable ON results (restorable_sha256) WHERE restorable_sha256 IS NOT NULL;

-- A row exists for a picture that was ever starred or tagged.
CREATE TABLE picture_marks (
  job_id     text NOT NULL,
  task_index integer NOT NULL,
  starred    boolean NOT NULL DEFAULT false,
  tags       text[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (job_id, task_index),
  FOREIGN KEY (job_id, task_index) REFERENCES results
);
CREATE INDEX picture_marks_tags ON picture_marks USING gin (tags);

-- The last hour of a log that is kept for a week: its rows lie in the order of time.
CREATE INDEX events_at ON events USING brin (at) WITH (pages_per_range = 32);
