/**
 * Farms that are broken on purpose, each in one promise: the checker has to name it. What is changed is text of built
 * files and constraints of the database; often several safeguards have to go before anything happens.
 */
import type { Rule } from './checker/violation.js';
import { cancelWithZombie } from './faults/cancel.js';
import type { Fault } from './faults/fault.js';
import { freezeAgent } from './faults/freeze.js';
import { killScheduler } from './faults/kill.js';
import type { Patch } from './patch/patch.js';

export interface Variant {
  name: string;
  /** What the checker must say. */
  rule: Rule;
  patches: readonly Patch[];
  /** What the database itself would refuse, taken out. */
  statements?: readonly string[];
  /** What brings the fault to light. */
  plan: readonly Fault[];
}

const acceptResults = 'store/dist/dispatch/accept-results.js';
const intake = 'scheduler/dist/artifacts/result-intake.js';

export const variants: readonly Variant[] = [
  {
    name: 'accept-revoked',
    rule: 'accept-revoked',
    patches: [
      { file: intake, find: "attempt.state !== 'lapsed'", put: "!['lapsed', 'revoked'].includes(attempt.state)" },
      {
        file: acceptResults,
        find: '        acceptableAttemptStates,',
        put: "[...acceptableAttemptStates, 'revoked'],",
      },
    ],
    statements: ['ALTER TABLE jobs DROP CONSTRAINT jobs_counts_check'],
    plan: [cancelWithZombie, cancelWithZombie],
  },
  {
    name: 'no-unique-result',
    rule: 'double',
    patches: [
      { file: acceptResults, find: 'r.attempt_id IS NULL AND ', put: '' },
      { file: acceptResults, find: "a.state IN ('leased', 'running', 'lapsed')", put: 'false' },
    ],
    statements: ['ALTER TABLE results DROP CONSTRAINT results_pkey CASCADE'],
    plan: [freezeAgent, freezeAgent],
  },
  {
    name: 'spool-early-delete',
    rule: 'spool-lost',
    patches: [
      {
        file: 'agent/dist/spool/uploader.js',
        find: 'reportUploaded(uploaded) {',
        put: 'reportUploaded(uploaded) { void this.drop(uploaded.attemptId);',
      },
      // Slow, as a busy database is: no fault by itself.
      {
        file: intake,
        find: 'const outcome = await this.commit(',
        put: 'await new Promise((wait) => setTimeout(wait, 500)); const outcome = await this.commit(',
      },
    ],
    plan: [killScheduler, killScheduler],
  },
];

/** A lease of four seconds, so that nobody waits for the end of fifteen. */
export const shortLease: readonly Patch[] = [
  { file: 'scheduler/dist/options.js', find: 'leaseSeconds: 15', put: 'leaseSeconds: 4' },
  { file: 'scheduler/dist/options.js', find: 'heartbeatSeconds: 3', put: 'heartbeatSeconds: 1' },
];
