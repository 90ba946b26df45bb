/** What every benchmark gives, and how it is printed: the form that `npm run bench -- NAME --json FILE` writes. */
import { execFileSync } from 'node:child_process';
import os from 'node:os';

/** A number to reach, and what was measured. A value that was not measured is null, with its reason. */
export interface Goal {
  name: string;
  value: number | null;
  unit: string;
  op: '<=' | '>=';
  goal: number;
  /** The system beside which it was measured in the same run. */
  peer: null | { name: string; version: string | null; value: number | null; reason?: string };
  holds: boolean | null;
  reason?: string;
}

export interface Report {
  name: string;
  environment: Record<string, string | number>;
  /** The table as printed: one object a row, the keys are the columns. */
  rows: Record<string, string | number | null>[];
  goals: Goal[];
}

export interface Benchmark {
  name: string;
  /** One line for `npm run bench`. */
  about: string;
  run(options: Record<string, string | undefined>): Promise<Pick<Report, 'rows' | 'goals'>>;
}

/** A goal with `holds` worked out from its value. */
export function goal(fields: Omit<Goal, 'holds' | 'peer'> & { peer?: Goal['peer'] }): Goal {
  const { value, op, goal: bound } = fields;
  const holds = value === null ? null : op === '<=' ? value <= bound : value >= bound;
  return { ...fields, peer: fields.peer ?? null, holds };
}

/** The value below which the share `q` (0 to 1) of `values` lies, by nearest rank. */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) throw new Error('no values to take a quantile of');
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]!;
}

export function environment(): Report['environment'] {
  const cpu = os.cpus();
  let commit = 'unknown';
  try {
    commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  } catch {
    // A source tree without git is still worth measuring.
  }
  return {
    commit,
    node: process.version,
    os: `${os.type()} ${os.release()}`,
    cpu: cpu[0]?.model ?? 'unknown',
    cores: cpu.length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    date: new Date().toISOString(),
  };
}

const cell = (value: unknown): string =>
  value === null || value === undefined
    ? '–'
    : typeof value === 'number'
      ? String(Number(value.toPrecision(4)))
      : String(value);

function table(rows: Record<string, unknown>[]): string {
  const columns = [...new Set(rows.flatMap(Object.keys))];
  const lines = [columns, ...rows.map((row) => columns.map((column) => cell(row[column])))];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  return lines
    .map((line) =>
      line
        .map((text, i) => text.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The report as a person reads it. */
export function render(report: Report): string {
  const goals = report.goals.map((g) => ({
    goal: g.name,
    measured: g.value === null ? `not measured: ${g.reason ?? 'no reason given'}` : `${cell(g.value)} ${g.unit}`,
    wanted: `${g.op} ${g.goal} ${g.unit}`,
    peer:
      g.peer === null
        ? ''
        : g.peer.value === null
          ? `${g.peer.name}: ${g.peer.reason ?? ''}`
          : `${g.peer.name} ${g.peer.version ?? ''}: ${cell(g.peer.value)} ${g.unit}`,
    holds: g.holds === null ? '–' : g.holds ? 'yes' : 'no',
  }));
  const where = Object.entries(report.environment)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');
  return `${report.name}  (${where})\n\n${table(report.rows)}\n\n${table(goals)}\n`;
}
