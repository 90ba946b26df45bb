import type { JobState } from '@atelier/contracts';
import type { Job, JobSummary } from './types.js';

/** Columns of a listing, as raw SQL reads them. */
export const SUMMARY_COLUMNS = `id, name, project, submitted_by, state, priority, model, warnings, total, running, succeeded, dead, cancelled, withheld,
  created_at, started_at, finished_at`;

export interface SummaryRow {
  id: string;
  name: string;
  project: string;
  submitted_by: string;
  state: JobState;
  priority: number;
  model: string;
  warnings: string[];
  total: number;
  running: number;
  succeeded: number;
  dead: number;
  cancelled: number;
  withheld: number;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
}

export interface JobRow extends SummaryRow {
  batch_text: string;
  expansion_version: number;
  resolved: string;
  seed_base: number;
  prompts_sha256: string | null;
}

export function toSummary(row: SummaryRow): JobSummary {
  const { total, running, succeeded, dead, cancelled, withheld } = row;
  const pending = total - running - succeeded - dead - cancelled;
  return {
    id: row.id,
    name: row.name,
    project: row.project,
    submittedBy: row.submitted_by,
    state: row.state,
    priority: row.priority,
    model: row.model,
    counts: { total, pending, running, succeeded, dead, cancelled, withheld },
    warnings: row.warnings,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  };
}

export function toJob(row: JobRow): Job {
  return {
    ...toSummary(row),
    batchText: row.batch_text,
    expansionVersion: row.expansion_version,
    resolved: row.resolved,
    seedBase: row.seed_base,
    promptsSha256: row.prompts_sha256,
  };
}
