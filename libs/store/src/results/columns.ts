/** What a result is read from: the picture, its file, and its marks if it has any. */

export const RESULT_COLUMNS = `r.job_id AS "jobId", r.task_index AS "taskIndex", r.attempt_id AS "attemptId",
  r.node_id AS "nodeId", r.sha256, r.pixel_sha256 AS "pixelSha256", r.file, a.media_type AS "mediaType", a.bytes,
  a.width, a.height, r.seed, r.prompt, r.model, r.withheld, coalesce(m.starred, false) AS starred,
  coalesce(m.tags, '{}') AS tags, r.created_at AS "createdAt"`;

/** Tombstones have no file and fall out. */
export const RESULT_TABLES = (results = 'results') => `${results} r JOIN artifacts a ON a.sha256 = r.sha256
  LEFT JOIN picture_marks m ON m.job_id = r.job_id AND m.task_index = r.task_index`;
