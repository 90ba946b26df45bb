/** A job's pictures in one, along its axes, with labels. */
import { mostOnSheet, usualAxes, type Expansion } from '@atelier/batch';
import { AtelierError, type GridCell, type SheetView } from '@atelier/contracts';
import type { FileStore } from '../artifacts/file-store.js';
import { drawSheet, type SheetCell } from './draw-sheet.js';
import type { JobGrids } from './grid.js';
import type { JobLibrary } from './library.js';

/** Longest side of a picture on a sheet, pixels. */
const usualCell = 256;
/** Characters of a label: a long prompt is known by its beginning. */
const longestLabel = 100;

export interface AskedSheet {
  x?: string | undefined;
  y?: string | null | undefined;
  /** Positions of the other axes, 0 unless given. */
  at: ReadonlyMap<string, number>;
  cell?: number;
}

export class ContactSheets {
  constructor(
    private readonly library: JobLibrary,
    private readonly grids: JobGrids,
    private readonly files: Pick<FileStore, 'pathOf'>,
  ) {}

  /** Those that the batch of a job asks for. Throws `not_found`. */
  async of(jobId: string): Promise<(AskedSheet & Pick<SheetView, 'file'>)[]> {
    const { sheets } = await this.library.expansionOf(jobId);
    return sheets.map(({ file, x, y, at }) => ({ file, x, y, at: new Map(Object.entries(at)) }));
  }

  /** As a PNG file; places of pictures that there are not are left empty. Throws `not_found` or `invalid_request`. */
  async draw(jobId: string, { x: askedX, y: askedY, at, cell = usualCell }: AskedSheet): Promise<Buffer> {
    const { axes } = await this.library.expansionOf(jobId);
    const usual = usualAxes(axes.filter(({ key }) => key !== askedY));
    const x = askedX ?? usual.x;
    const y = askedY ?? (askedX === undefined ? usual.y : null);
    const { rows } = await this.grids.grid(jobId, { x, ...(y !== null && { y }), at });
    if (rows.length * (rows[0]?.length ?? 0) > mostOnSheet)
      throw new AtelierError('invalid_request', `A sheet shows at most ${mostOnSheet} pictures.`, 'x');
    const label = labels(axes);
    const others = axes.filter(({ key, size }) => key !== x && key !== y && size > 1);
    const title = others.map(({ key, size }) => label(key, Math.min(at.get(key) ?? 0, size - 1))).join(', ');
    if (y !== null) {
      return drawSheet({
        ...{ title, cell, cells: rows.map((row) => row.map((one) => this.cellOf(one))) },
        columns: (rows[0] ?? []).map((_, column) => label(x, column)),
        lines: rows.map((_, row) => label(y, row)),
      });
    }
    const all = rows[0] ?? [];
    const width = Math.ceil(Math.sqrt(all.length));
    const cells = Array.from({ length: Math.ceil(all.length / width) }, (_, row) =>
      all.slice(row * width, (row + 1) * width).map((one, column) => ({
        ...this.cellOf(one),
        label: label(x, row * width + column),
      })),
    );
    return drawSheet({ title, cell, cells });
  }

  private cellOf(cell: GridCell | null): SheetCell {
    return cell?.sha256 ? { path: this.files.pathOf(cell.sha256) } : {};
  }
}

/** The value of an axis as a label: prompts speak for themselves. */
function labels(axes: Expansion['axes']): (key: string, position: number) => string {
  return (key, position) => {
    const text = axes.find((axis) => axis.key === key)!.textAt(position);
    const short = text.length > longestLabel ? `${text.slice(0, longestLabel - 1)}…` : text;
    return key === 'prompt' ? short : `${key} ${short}`;
  };
}
