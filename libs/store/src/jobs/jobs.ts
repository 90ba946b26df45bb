import { retriedStates } from '@atelier/contracts';
import type { Database } from '../database/database.js';
import { seek, toPage } from '../database/pages.js';
import { claimIdempotencyKey } from '../idempotency/idempotency.js';
import { cancelJob, finishCancelling } from './cancel-job.js';
import { changeJob } from './change-job.js';
import { insertJob } from './insert-job.js';
import { lockJob } from './lock-job.js';
import { pauseJob, resumeJob } from './pause-job.js';
import { retryJob } from './retry-job.js';
import { SUMMARY_COLUMNS, toJob, toSummary, type JobRow, type SummaryRow } from './row.js';
import type { Jobs } from './types.js';
import { readUnfinishedJobs } from './unfinished-jobs.js';

export function createJobs(database: Database): Jobs {
  return {
    insert: (job, idempotency) =>
      database.transaction(async (transaction) => {
        const answer = idempotency && (await claimIdempotencyKey(transaction, idempotency));
        if (answer !== undefined) return { inserted: false, answer };
        await insertJob(transaction, job);
        return { inserted: true };
      }),
    get: async (id) => {
      const [row] = await database.query<JobRow>('SELECT * FROM jobs WHERE id = $1', [id]);
      return row ? toJob(row) : null;
    },
    list: async ({ states, project, text } = {}, request = {}) => {
      const { size, after } = seek(request, 2);
      const [createdAt, id] = after ?? [null, null];
      const rows = await database.query<SummaryRow>(
        `SELECT ${SUMMARY_COLUMNS} FROM jobs
         WHERE ($1::text[] IS NULL OR state = ANY ($1)) AND ($2::text IS NULL OR project = $2)
           AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4))
           AND ($6::text IS NULL OR position(lower($6) IN lower(concat_ws(' ', name, project, model))) > 0)
         ORDER BY created_at DESC, id DESC LIMIT $5`,
        [states ?? null, project ?? null, createdAt, id, size + 1, text ?? null],
      );
      return toPage(rows, size, toSummary, (row) => [row.created_at, row.id]);
    },
    unfinished: () => readUnfinishedJobs(database),
    unfinishedJob: async (id) => (await readUnfinishedJobs(database, id))[0] ?? null,
    pause: (id) => database.transaction((transaction) => pauseJob(transaction, id)),
    resume: (id) => database.transaction((transaction) => resumeJob(transaction, id)),
    setPriority: (id, priority) =>
      database.transaction(async (transaction) => {
        await lockJob(transaction, id);
        return changeJob(transaction, id, { priority });
      }),
    cancel: (id) => database.transaction((transaction) => cancelJob(transaction, id)),
    finishCancelling: (id) => database.transaction((transaction) => finishCancelling(transaction, id)),
    retry: (id, from = retriedStates) => database.transaction((transaction) => retryJob(transaction, id, from)),
  };
}
