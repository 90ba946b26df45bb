-- Pictures that a safety checker judged unsafe: results like any other, counted, but never shown.
ALTER TABLE results ADD COLUMN withheld boolean NOT NULL DEFAULT false;
ALTER TABLE jobs ADD COLUMN withheld integer NOT NULL DEFAULT 0 CHECK (withheld >= 0);

-- Every kind of model that a batch can name.
ALTER TABLE models DROP CONSTRAINT models_kind_check;
ALTER TABLE models ADD CONSTRAINT models_kind_check CHECK (
  kind IN ('checkpoint', 'lora', 'vae', 'controlnet', 't2i-adapter', 'embedding', 'upscaler', 'motion', 'safety-checker')
);

-- New columns stand at the end: what readers of the views rely on stays as it was.
CREATE OR REPLACE VIEW jobs_v1 AS
SELECT id, name, project, state, priority, model, seed_base, total,
       total - running - succeeded - dead - cancelled AS pending,
       running, succeeded, dead, cancelled, created_at, started_at, finished_at, withheld
FROM jobs;

CREATE OR REPLACE VIEW results_v1 AS
SELECT r.job_id, r.task_index, r.attempt_id, r.node_id, r.sha256, r.pixel_sha256, r.file, a.media_type, a.bytes,
       a.width, a.height, r.seed, r.prompt, r.created_at, r.withheld
FROM results r JOIN artifacts a ON a.sha256 = r.sha256;
