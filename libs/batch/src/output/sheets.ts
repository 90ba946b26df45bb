/** Contact sheets that a batch asks for: which axes run along them, and one for each combination of all others. */
import { fault, show } from '../document/faults.js';
import type { Batch } from '../schema/batch.js';

/** A sheet of a job's pictures. */
export interface SheetPlan {
  file: string;
  /** The axis of the columns, or of all pictures, row by row, where there is no other. */
  x: string;
  /** The axis of the rows. */
  y: string | null;
  /** Positions of the other axes. */
  at: Readonly<Record<string, number>>;
}

interface SheetAxis {
  key: string;
  size: number;
}

/** A larger sheet could not be looked at, and more of them nobody would. */
export const mostOnSheet = 200;
const mostSheets = 64;

/** The axes that a sheet has unless told: the one that varies fastest along x, the next one along y. */
export function usualAxes(axes: readonly SheetAxis[]): { x: string; y: string | null } {
  const varying = axes.filter(({ size }) => size > 1);
  const [x = axes.at(-1)!, y] = varying.toReversed();
  return { x: x.key, y: y?.key ?? null };
}

/** The sheets of a batch, none where it asks for none. Throws `invalid_batch`. */
export function sheetsOf({ output }: Pick<Batch, 'output'>, axes: readonly SheetAxis[]): SheetPlan[] {
  if (!output?.sheet) return [];
  const { x, y } = output.sheet === true ? usualAxes(axes) : axesOf(output.sheet, axes);
  const sizeOf = (key: string | null) => axes.find((axis) => axis.key === key)?.size ?? 1;
  const pictures = sizeOf(x) * sizeOf(y);
  if (pictures > mostOnSheet)
    throw fault('output.sheet', `would show ${pictures} pictures at once; ${mostOnSheet} are possible.`);
  const others = axes.filter(({ key }) => key !== x && key !== y);
  const count = others.reduce((product, { size }) => product * size, 1);
  if (count > mostSheets)
    throw fault('output.sheet', `would be ${count} sheets; ${mostSheets} are possible. Others of its axes make fewer.`);
  return Array.from({ length: count }, (_, i) => ({
    file: count === 1 ? 'sheet.png' : `sheet-${String(i + 1).padStart(String(count).length, '0')}.png`,
    x,
    y,
    at: positions(others, i),
  }));
}

function axesOf({ x, y }: { x?: string | undefined; y?: string | undefined }, axes: readonly SheetAxis[]) {
  for (const [place, key] of Object.entries({ x, y })) {
    if (key === undefined || axes.some((axis) => axis.key === key)) continue;
    const keys = axes.map((axis) => axis.key).join(', ');
    throw fault(`output.sheet.${place}`, `is ${show(key)}, which is no axis of this batch; it has ${keys}.`);
  }
  if (x !== undefined && x === y) throw fault('output.sheet.y', 'is the axis of x; one axis cannot run both ways.');
  if (x !== undefined) return { x, y: y ?? null };
  const usual = usualAxes(axes.filter(({ key }) => key !== y));
  return y === undefined ? usual : { x: usual.x, y };
}

/** The `i`th combination of axes, the last of which varies fastest. */
function positions(axes: readonly SheetAxis[], i: number): Record<string, number> {
  let rest = i;
  const pairs = axes.toReversed().map(({ key, size }): [string, number] => {
    const position = rest % size;
    rest = Math.floor(rest / size);
    return [key, position];
  });
  return Object.fromEntries(pairs.reverse());
}
