/** One result for each task: none missing, none twice, none that had lost its right, the same pixels as in peace. */
import type { AuditRow } from '../audit.js';
import { groupBy, type Violation } from './violation.js';

export interface ResultRow {
  jobId: string;
  taskIndex: number;
  attemptId: string;
  seed: number;
  pixelSha256: string;
  /** SHA-256 of the file that lies in the store; null where none does. */
  fileSha256: string | null;
  sha256: string;
}

/** A job whose every task must have its picture. */
export interface WantedJob {
  id: string;
  total: number;
}

export function lostResults(results: readonly ResultRow[], wanted: readonly WantedJob[]): Violation[] {
  const have = new Set(results.map(({ jobId, taskIndex }) => `${jobId}/${taskIndex}`));
  const missing = wanted.flatMap(({ id, total }) =>
    Array.from({ length: total }, (_, i) => `${id}/${i}`).filter((task) => !have.has(task)),
  );
  const damaged = results.filter(({ sha256, fileSha256 }) => sha256 !== fileSha256);
  return [
    ...missing.map((task) => ({ rule: 'lost' as const, sentence: `Task ${task} has no result.` })),
    ...damaged.map(({ jobId, taskIndex, fileSha256 }) => ({
      rule: 'lost' as const,
      sentence: `The file of ${jobId}/${taskIndex} is ${fileSha256 === null ? 'not in the store' : 'damaged'}.`,
    })),
  ];
}

/** Tasks that ever got a second result, or two attempts of which were told that theirs counts. */
export function doubleResults(results: readonly ResultRow[], audit: readonly AuditRow[]): Violation[] {
  const task = ({ jobId, taskIndex }: { jobId: string; taskIndex: number | null }) => `${jobId}/${taskIndex}`;
  const twice = (rows: readonly { jobId: string; taskIndex: number | null }[]) =>
    [...groupBy(rows, task)].filter(([, group]) => group.length > 1).map(([key]) => key);
  const tasks = new Set([
    ...twice(results),
    ...twice(audit.filter(({ subject, before }) => subject === 'result' && before === null)),
    ...twice(audit.filter(({ subject, after }) => subject === 'attempt' && after === 'succeeded')),
  ]);
  return [...tasks].map((key) => ({ rule: 'double', sentence: `Task ${key} has more than one result.` }));
}

/** Results of attempts that had been revoked, as those of a cancelled job. */
export function acceptedRevoked(audit: readonly AuditRow[]): Violation[] {
  const violations: Violation[] = [];
  const revoked = new Set<string>();
  const cancelled = new Set<string>();
  for (const { subject, jobId, taskIndex, attemptId, after } of audit) {
    if (subject === 'attempt' && after === 'revoked') revoked.add(attemptId!);
    if (subject === 'job' && after !== null) {
      if (after === 'cancelling' || after === 'cancelled') cancelled.add(jobId);
      else cancelled.delete(jobId);
    }
    if (subject !== 'result' || after === null || !(revoked.has(attemptId!) || cancelled.has(jobId))) continue;
    const why = cancelled.has(jobId) ? 'its job was cancelled' : 'its attempt was revoked';
    violations.push({ rule: 'accept-revoked', sentence: `A result of ${jobId}/${taskIndex} was taken after ${why}.` });
  }
  return violations;
}

/**
 * Pictures that were finished and did not arrive. What an agent says it has made lies on its disk, and is delivered
 * whatever restarts: such an attempt ends with its result, or because nobody wants it any more.
 */
export function lostFromSpool(audit: readonly AuditRow[]): Violation[] {
  const unwanted = /cancelled|another attempt was first|queued again/i;
  const made = new Set<string>();
  const violations: Violation[] = [];
  for (const { subject, jobId, taskIndex, attemptId, after, message } of audit) {
    if (subject === 'task' && after === 'uploading') made.add(attemptId!);
    const gaveUp = after === 'failed' || (after === 'revoked' && !unwanted.test(message ?? ''));
    if (subject !== 'attempt' || !made.has(attemptId!) || !gaveUp) continue;
    violations.push({
      rule: 'spool-lost',
      sentence: `The finished picture of ${jobId}/${taskIndex} did not arrive: ${message ?? 'no reason'}`,
    });
  }
  return violations;
}

/** Pictures whose pixels are not those of a run in which nothing was disturbed, by seed. */
export function otherPixels(results: readonly ResultRow[], quiet: ReadonlyMap<number, string>): Violation[] {
  return results
    .filter(({ seed, pixelSha256 }) => quiet.has(seed) && quiet.get(seed) !== pixelSha256)
    .map(({ jobId, taskIndex }) => ({
      rule: 'other-pixels',
      sentence: `The picture of ${jobId}/${taskIndex} is not the one of a quiet run.`,
    }));
}
