import type { Transaction } from '../database/database.js';
import { cleanText, columnsOf } from '../dispatch/columns.js';
import type { NewJob } from './types.js';

/** Writes the rows of a new job and logs it. */
export async function insertJob(transaction: Transaction, job: NewJob): Promise<void> {
  await transaction.query(
    `INSERT INTO jobs (id, name, project, state, priority, model, batch_text, expansion_version, resolved, seed_base,
                       prompts_sha256, warnings, total, submitted_by)
     VALUES ($1, $2, $3, 'queued', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [
      job.id,
      cleanText(job.name),
      cleanText(job.project),
      job.priority,
      cleanText(job.model),
      cleanText(job.batchText),
      job.expansionVersion,
      cleanText(job.resolved),
      job.seedBase,
      job.promptsSha256,
      job.warnings.map(cleanText),
      job.total,
      cleanText(job.submittedBy),
    ],
  );
  await transaction.query(
    `INSERT INTO job_classes (job_id, class_id, count)
     SELECT $1, class_id, count FROM unnest($2::integer[], $3::integer[]) AS c (class_id, count)`,
    [
      job.id,
      ...columnsOf(
        job.classes,
        (c) => c.classId,
        (c) => c.count,
      ),
    ],
  );
  await transaction.query('INSERT INTO job_assets (job_id, sha256) SELECT DISTINCT $1, unnest($2::text[])', [
    job.id,
    job.assets,
  ]);
  const counts = { total: job.total, pending: job.total, running: 0, succeeded: 0, dead: 0, cancelled: 0, withheld: 0 };
  transaction.log({ type: 'job.changed', jobId: job.id, data: { state: 'queued', counts } });
}
