/** The event log against what happened: no number missing, no event unseen by a reader that follows, each fact once. */
import type { AuditRow } from '../audit.js';
import type { Violation } from './violation.js';

export interface EventRow {
  seq: number;
  type: string;
  jobId: string | null;
  taskIndex: number | null;
  data: { state?: string; attemptId?: string };
}

/** Numbers that are missing in the log, and events that `seen`, what a reader of `seq > n` got, lacks. */
export function sequenceGaps(log: readonly Pick<EventRow, 'seq'>[], seen: readonly number[]): Violation[] {
  const violations: Violation[] = [];
  log.forEach(({ seq }, i) => {
    const before = log[i - 1]?.seq;
    if (before !== undefined && seq !== before + 1)
      violations.push({ rule: 'sequence-gap', sentence: `After event ${before} the log goes on with ${seq}.` });
  });
  const got = new Set(seen);
  const missed = log.filter(({ seq }) => !got.has(seq));
  for (const { seq } of missed)
    violations.push({ rule: 'sequence-gap', sentence: `A reader who followed the log never got event ${seq}.` });
  if (got.size !== seen.length)
    violations.push({ rule: 'sequence-gap', sentence: `A reader got ${seen.length - got.size} events twice.` });
  return violations;
}

/** What the log says of results and of jobs, against the audit trail. */
export function logDiffers(log: readonly EventRow[], audit: readonly AuditRow[]): Violation[] {
  const inLog = log
    .filter(({ type }) => type === 'task.succeeded')
    .map(({ jobId, taskIndex, data }) => `${jobId}/${taskIndex} ${data.attemptId}`);
  const inTrail = audit
    .filter(({ subject, before }) => subject === 'result' && before === null)
    .map(({ jobId, taskIndex, attemptId }) => `${jobId}/${taskIndex} ${attemptId}`);
  const jobsInTrail = audit.filter(({ subject }) => subject === 'job').map(({ jobId, after }) => `${jobId} ${after}`);
  const jobsInLog = log
    .filter(({ type, data }) => type === 'job.changed' && data.state)
    .map(({ jobId, data }) => `${jobId} ${data.state}`);
  return [
    ...differences('result', inTrail, inLog),
    ...differences('job state', unique(jobsInTrail), unique(jobsInLog)),
  ];
}

const unique = (values: readonly string[]) => [...new Set(values)];

function differences(what: string, happened: readonly string[], told: readonly string[]): Violation[] {
  const [was, said] = [[...happened].sort(), [...told].sort()];
  if (was.join('\n') === said.join('\n')) return [];
  const [wasSet, saidSet] = [new Set(was), new Set(said)];
  const examples = [
    ...was.filter((fact) => !saidSet.has(fact)).map((fact) => `untold ${fact}`),
    ...said.filter((fact) => !wasSet.has(fact)).map((fact) => `invented ${fact}`),
  ];
  const sentence = `The log tells of ${said.length} times "${what}", ${was.length} happened: ${examples.slice(0, 3).join(', ') || 'one twice'}.`;
  return [{ rule: 'log-differs', sentence }];
}
