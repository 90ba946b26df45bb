/**
 * A trail of everything that happens to jobs, tasks, attempts and results, kept by triggers in the farm's own database:
 * each row is written in the transaction that it tells of, whoever wrote it. The product knows nothing of it.
 */
import type pg from 'pg';

/** What the trail tells of. */
export type AuditSubject = 'job' | 'task' | 'attempt' | 'result';

/** One change of state. Of one task or job they stand in the order in which they happened. */
export interface AuditRow {
  id: number;
  subject: AuditSubject;
  jobId: string;
  taskIndex: number | null;
  attemptId: string | null;
  /** State before; null for a row that is new. */
  before: string | null;
  /** State after; null for a row that was deleted. */
  after: string | null;
  /** Term of the scheduler that leased the attempt. */
  term: number | null;
  /** Term of the leader at that moment. */
  leader: number | null;
  message: string | null;
  /** Of attempts: begun beside another one, as a late copy. */
  copy: boolean | null;
}

const trigger = (table: string, subject: AuditSubject, task: string, attempt: string, state: string, more: string) => `
  CREATE OR REPLACE FUNCTION audit_${subject}() RETURNS trigger LANGUAGE plpgsql AS $$
  DECLARE
    row record := coalesce(NEW, OLD);
  BEGIN
    IF TG_OP = 'UPDATE' AND OLD.${state} IS NOT DISTINCT FROM NEW.${state} THEN RETURN NULL; END IF;
    INSERT INTO audit_trail (subject, job_id, task_index, attempt_id, before, after, term, leader, message, copy)
    VALUES ('${subject}', row.${subject === 'job' ? 'id' : 'job_id'}, ${task}, ${attempt},
            CASE WHEN TG_OP <> 'INSERT' THEN OLD.${state} END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.${state} END,
            ${more});
    RETURN NULL;
  END $$;
  CREATE OR REPLACE TRIGGER audit_${subject} AFTER INSERT OR UPDATE OR DELETE ON ${table}
    FOR EACH ROW EXECUTE FUNCTION audit_${subject}();`;

/** Begins the trail in a database of the farm. */
export async function installAudit(database: pg.ClientBase | pg.Pool): Promise<void> {
  await database.query(`
    CREATE TABLE IF NOT EXISTS audit_trail (
      id bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(), subject text NOT NULL,
      job_id text NOT NULL, task_index integer, attempt_id text, before text, after text, term bigint, leader bigint,
      message text, copy boolean);
    ${trigger('jobs', 'job', 'NULL', 'NULL', 'state', 'NULL, NULL, NULL, NULL')}
    ${trigger('tasks', 'task', 'row.task_index', 'row.attempt_id', 'state', 'NULL, NULL, row.message, NULL')}
    ${trigger('attempts', 'attempt', 'row.task_index', 'row.id', 'state', 'row.term, (SELECT l.term FROM leadership l), row.message, row.copy')}
    ${trigger('results', 'result', 'row.task_index', 'row.attempt_id', 'sha256', 'NULL, NULL, NULL, NULL')}`);
}

/** The whole trail, in order. */
export async function readAudit(database: pg.ClientBase | pg.Pool): Promise<AuditRow[]> {
  const { rows } = await database.query<AuditRow>(
    `SELECT id::float8 AS id, subject, job_id AS "jobId", task_index AS "taskIndex", attempt_id AS "attemptId", before,
            after, term::float8 AS term, leader::float8 AS leader, message, copy FROM audit_trail ORDER BY id`,
  );
  return rows;
}
