/** Pictures that are drawn while processes, disks and networks break, in both sizes of the farm. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInProcess } from '../faults/process.js';
import { drawInPeace } from '../faults/quiet.js';
import type { RunReport } from '../faults/run.js';
import { goal, type Benchmark } from './harness.js';

const faultsPerTask = 60 / 2000;

export const faults: Benchmark = {
  name: 'faults',
  about: 'pictures lost, double or different while processes, disks and networks break [--tasks N] [--seed N]',
  async run({ tasks: given, seed }) {
    const tasks = Number(given ?? 2000);
    const count = Math.max(6, Math.round(tasks * faultsPerTask));
    const folder = mkdtempSync(join(tmpdir(), 'atelier-faults-'));
    const reports: RunReport[] = [];
    try {
      const quiet = join(folder, 'quiet.json');
      console.error(`Drawing ${tasks} pictures in peace.`);
      writeFileSync(quiet, JSON.stringify([...(await drawInPeace(tasks, 4))]));
      for (const mode of ['embedded', 'cluster']) {
        console.error(`${mode}:`);
        const args = ['--mode', mode, '--tasks', String(tasks), '--faults', String(count), '--quiet', quiet];
        reports.push(await runInProcess([...args, '--seed', seed ?? '1'], (line) => console.error(`  ${line}`)));
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    const total = (pick: (report: RunReport) => number) => reports.reduce((sum, report) => sum + pick(report), 0);
    const found = (...rules: string[]) =>
      total(({ violations }) => violations.filter(({ rule }) => rules.includes(rule)).length);
    const none = (name: string, value: number, unit: string) => goal({ name, value, unit, op: '<=', goal: 0 });
    return {
      rows: reports.flatMap(rowsOf),
      goals: [
        none('lost', found('lost', 'spool-lost'), 'pictures'),
        none('double', found('double'), 'pictures'),
        none('taken after a cancel or a revocation', found('accept-revoked'), 'pictures'),
        none('other pixels than in a quiet run', found('other-pixels'), 'pictures'),
        none(
          'transitions, leases or events against the rules',
          total(({ violations }) => violations.length),
          'cases',
        ),
      ],
    };
  },
};

function rowsOf(report: RunReport) {
  const { mode, seed, struck, impossible, violations } = report;
  const row = (what: string, value: number | string) => ({ mode, what, value });
  return [
    row('seed', seed),
    row('seconds', Math.round(report.seconds)),
    row('tasks', report.tasks),
    row('results', report.results),
    row('attempts', report.attempts),
    row('attempts that lapsed', report.lapsed),
    row('attempts revoked', report.revoked),
    row('attempts failed', report.failed),
    row('jobs cancelled beside them', report.cancelledJobs),
    row('transitions audited', report.transitions),
    row('events, followed by a reader', report.events),
    ...Object.entries(struck).map(([name, times]) => row(name, times)),
    ...Object.entries(impossible).map(([name, reason]) => row(name, `not here: ${reason}`)),
    ...violations.slice(0, 20).map(({ rule, sentence }) => row(`VIOLATION ${rule}`, sentence)),
  ];
}
