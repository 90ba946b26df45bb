import { readFile } from 'node:fs/promises';
import { InputError } from '../errors.js';
import type { GoldenFile } from './places.js';
import { describeTolerance, type Tolerance } from './tolerances.js';

/** One line of `atelier golden`: how far a case is from the reference. */
export interface GoldenRow {
  family: string;
  case: string;
  pass: boolean;
  /** The stage whose numbers are shown: the first that fails, else the one nearest to its tolerance. */
  stage: string;
  /** Largest absolute difference; null where nothing could be compared. */
  maxAbs: number | null;
  /** Length of the difference over the length of the reference; null where nothing could be compared. */
  relL2: number | null;
  tolerance: string;
  /** Why the case fails; null where it passes. */
  reason: string | null;
}

/** Runs the cases of one golden file. */
export type GoldenRunner = (file: GoldenFile) => AsyncIterable<GoldenRow>;

/** Distance between what was computed and what the reference computed. */
export interface Difference {
  maxAbs: number;
  relL2: number;
  /** Largest difference of an element relative to that element of the reference. */
  maxRel: number;
}

/** Compares two lists of numbers; a different length or a value that is not finite is infinitely far. */
export function compare(actual: ArrayLike<number>, expected: ArrayLike<number>): Difference {
  if (actual.length !== expected.length) return { maxAbs: Infinity, relL2: Infinity, maxRel: Infinity };
  let [maxAbs, maxRel, squares, reference] = [0, 0, 0, 0];
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i]!, expected[i]!];
    if (Object.is(a, e)) continue;
    const difference = Number.isFinite(a) && Number.isFinite(e) ? Math.abs(a - e) : Infinity;
    if (difference > maxAbs) maxAbs = difference;
    if (difference > maxRel * Math.abs(e)) maxRel = difference / Math.abs(e);
    squares += difference ** 2;
  }
  for (let i = 0; i < expected.length; i++) if (Number.isFinite(expected[i])) reference += expected[i]! ** 2;
  return { maxAbs, maxRel, relL2: squares === 0 ? 0 : Math.sqrt(squares / reference) };
}

/** Gathers the comparisons of one case and makes its row. */
export class CaseReport {
  private readonly stages: { stage: string; difference: Difference; tolerance: Tolerance; excess: number }[] = [];

  constructor(
    private readonly family: string,
    private readonly name: string,
  ) {}

  /** Compares one stage of the case. */
  compare(stage: string, actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: Tolerance): void {
    const difference = compare(actual, expected);
    const excess = Math.max(
      ...Object.entries(tolerance).map(([key, limit]) => excessOf(difference[key as keyof Difference], limit)),
    );
    this.stages.push({ stage, difference, tolerance, excess });
  }

  /** The row of the case: its first failing stage, else its worst. */
  row(): GoldenRow {
    const failed = this.stages.find(({ excess }) => !(excess <= 1));
    const worst = failed ?? this.stages.reduce((a, b) => (b.excess > a.excess ? b : a), this.stages[0]!);
    if (!worst) return this.failure('The case has nothing that could be compared.');
    const tolerance = describeTolerance(worst.tolerance);
    return {
      family: this.family,
      case: this.name,
      pass: !failed,
      stage: worst.stage,
      maxAbs: worst.difference.maxAbs,
      relL2: worst.difference.relL2,
      tolerance,
      reason: failed ? `${worst.stage} is out of tolerance (${tolerance}).` : null,
    };
  }

  /** The row of a case that could not be run or compared. */
  failure(reason: string): GoldenRow {
    const { family, name } = this;
    return { family, case: name, pass: false, stage: 'run', maxAbs: null, relL2: null, tolerance: '', reason };
  }
}

/** How many times a difference is as large as its limit; 0 for no difference at all. */
function excessOf(difference: number, limit: number): number {
  return difference === 0 ? 0 : difference / limit;
}

/** Makes the row of one case, with the reason as a failure where it throws. */
export async function caseRow(
  family: string,
  name: string,
  run: (report: CaseReport) => Promise<void> | void,
): Promise<GoldenRow> {
  const report = new CaseReport(family, name);
  try {
    await run(report);
    return report.row();
  } catch (error) {
    return report.failure(error instanceof Error ? error.message : String(error));
  }
}

/** Reads the parameters of a golden file. */
export async function readGoldenJson<T>(file: string): Promise<T> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T;
  } catch (error) {
    throw new InputError(`The golden file ${file} cannot be read: ${(error as Error).message}.`);
  }
}

/** Path of the tensors that belong to a golden `.json`. */
export function tensorsOf(file: string): string {
  return file.replace(/\.json$/, '.safetensors');
}
