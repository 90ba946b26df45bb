/** A job's pictures along its axes. */
import type { Expansion } from '@atelier/batch';
import { AtelierError, type JobAxes, type JobGrid } from '@atelier/contracts';
import type { Gallery } from '@atelier/store';
import type { JobLibrary } from './library.js';

const valuesTold = 200;
const mostCells = 4000;

export class JobGrids {
  constructor(
    private readonly library: JobLibrary,
    private readonly gallery: Pick<Gallery, 'at'>,
  ) {}

  /** Throws `not_found`. */
  async axes(jobId: string): Promise<JobAxes> {
    const { axes, sheets } = await this.library.expansionOf(jobId);
    return {
      axes: axes.map(({ key, size, textAt }) => ({
        key,
        size,
        values: Array.from({ length: Math.min(size, valuesTold) }, (_, position) => textAt(position)),
      })),
      sheets: sheets.map((sheet) => ({ ...sheet, at: { ...sheet.at } })),
    };
  }

  /**
   * The pictures along `x` (columns) and `y` (rows; none: one row), at position `at[key]` (default 0) of every other axis.
   * Throws `not_found`, or `invalid_request` for an axis that the job has not and for more cells than a page can show.
   */
  async grid(
    jobId: string,
    { x, y, at }: { x: string; y?: string; at: ReadonlyMap<string, number> },
  ): Promise<JobGrid> {
    const expansion = await this.library.expansionOf(jobId);
    const columns = axisOf(expansion, x);
    const lines = y === undefined ? null : axisOf(expansion, y);
    const sizeOf = (axis: number | null) => (axis === null ? 1 : expansion.axes[axis]!.size);
    const width = Math.min(sizeOf(columns), valuesTold);
    const height = Math.min(sizeOf(lines), valuesTold);
    if (width * height > mostCells)
      throw new AtelierError('invalid_request', `${width} × ${height} pictures are more than ${mostCells}.`, 'x');
    const indexAt = (row: number, column: number) =>
      expansion.indexOf(
        expansion.axes.map(({ key, size }, axis) =>
          axis === columns ? column : axis === lines ? row : Math.min(at.get(key) ?? 0, size - 1),
        ),
      );
    const indices = Array.from({ length: height }, (_, row) =>
      Array.from({ length: width }, (_, column) => indexAt(row, column)),
    );
    const wanted = indices.flat().filter((index) => index !== null);
    const found = await this.gallery.at(jobId, wanted);
    const made = new Map(found.flatMap((one) => (one.withheld ? [] : [[one.taskIndex, one] as const])));
    const cell = (index: number) => {
      const { sha256 = null, mediaType = null } = made.get(index) ?? {};
      return { index, seed: expansion.seedOf(index), sha256, mediaType };
    };
    return {
      rows: indices.map((row) => row.map((index) => (index === null ? null : cell(index)))),
    };
  }
}

function axisOf({ axes }: Expansion, key: string): number {
  const found = axes.findIndex((axis) => axis.key === key);
  if (found >= 0) return found;
  const keys = axes.map((axis) => axis.key).join(', ');
  throw new AtelierError('invalid_request', `The job has no axis "${key.slice(0, 60)}"; it has ${keys}.`);
}
