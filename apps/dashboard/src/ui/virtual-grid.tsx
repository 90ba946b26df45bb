/**
 * A grid of equal cells in the page's own scroll, of which only what is near the screen exists. One stop for the Tab
 * key; the arrow keys, Home, End and Page keys move inside.
 */
import { useElementSize } from '@mantine/hooks';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { columnsFor, moveInGrid } from './grid-moves.js';
import { usePageTop } from './use-page-top.js';
import styles from './virtual-grid.module.css';

export interface VirtualGridProps {
  label: string;
  count: number;
  /** Least width of a cell in CSS pixels; cells grow to fill the row. */
  cellWidth: number;
  /** Width / height of a cell. */
  ratio?: number;
  gap?: number;
  /** Renders cell `index`. Its focusable element must spread `focus`. */
  cell: (index: number, focus: CellFocus) => ReactNode;
  /** Called with the first and last index near the screen. */
  onRange?: (first: number, last: number) => void;
  /** Called with the index of the cell that has the keyboard. */
  onActive?: (index: number) => void;
}

export interface CellFocus {
  tabIndex: 0 | -1;
  'data-cell': number;
}

export function VirtualGrid({
  label,
  count,
  cellWidth,
  ratio = 1,
  gap = 8,
  cell,
  onRange,
  onActive,
}: VirtualGridProps) {
  const { ref: measure, width } = useElementSize();
  const grid = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const top = usePageTop(grid);

  const columns = columnsFor(width, cellWidth, gap);
  const rowHeight = width === 0 ? cellWidth : (width - gap * (columns - 1)) / columns / ratio + gap;
  const rows = useWindowVirtualizer({
    count: width === 0 ? 0 : Math.ceil(count / columns),
    estimateSize: () => rowHeight,
    overscan: 2,
    scrollMargin: top,
    // Drawn in a task of its own: a jump needs new rows all over, too much for the frame of the scroll event.
    useFlushSync: false,
  });

  useLayoutEffect(() => rows.measure(), [rows, rowHeight]);

  const shown = rows.getVirtualItems();
  const first = (shown[0]?.index ?? 0) * columns;
  const last = Math.min(count, ((shown.at(-1)?.index ?? 0) + 1) * columns) - 1;
  useEffect(() => {
    if (last >= first) onRange?.(first, last);
  }, [first, last, onRange]);

  function activate(index: number): void {
    setActive(index);
    onActive?.(index);
  }

  function onKeyDown(event: KeyboardEvent): void {
    const rowsOnScreen = Math.max(1, Math.floor(window.innerHeight / rowHeight) - 1);
    const target = moveInGrid(event.key, active, { count, columns, rowsOnScreen });
    if (target === null || event.metaKey || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    activate(target);
    rows.scrollToIndex(Math.floor(target / columns), { align: 'auto' });
    focusWhenDrawn(grid.current, target);
  }

  function onFocus({ target }: { target: Element }): void {
    const index = Number(target.getAttribute('data-cell') ?? NaN);
    if (Number.isInteger(index)) activate(index);
  }

  // When the active cell is not rendered, the first one that is takes the Tab key.
  const stop = active >= first && active <= last ? active : first;

  return (
    <div ref={measure}>
      <div
        ref={grid}
        role="grid"
        aria-label={label}
        aria-rowcount={Math.ceil(count / columns)}
        aria-colcount={columns}
        className={styles.grid}
        style={{ height: Math.max(0, rows.getTotalSize() - gap) }}
        onKeyDown={onKeyDown}
        onFocus={onFocus}
      >
        {shown.map(({ index: row, start, key }) => (
          <Row
            key={key}
            row={row}
            columns={columns}
            cells={Math.min(columns, count - row * columns)}
            offset={start - top}
            height={rowHeight - gap}
            gap={gap}
            stop={stop >= row * columns && stop < (row + 1) * columns ? stop : -1}
            cell={cell}
          />
        ))}
      </div>
    </div>
  );
}

/** Frames that the row of a cell takes to be drawn after a scroll, at most. */
const mostFrames = 30;

/** Gives the cell the keyboard once it is there: the rows of a scroll are drawn after its frame. */
function focusWhenDrawn(grid: HTMLElement | null, index: number, frames = mostFrames): void {
  requestAnimationFrame(() => {
    const cell = grid?.querySelector<HTMLElement>(`[data-cell="${index}"]`);
    if (cell) cell.focus({ preventScroll: true });
    else if (frames > 1) focusWhenDrawn(grid, index, frames - 1);
  });
}

interface RowProps {
  row: number;
  columns: number;
  cells: number;
  offset: number;
  height: number;
  gap: number;
  /** The cell of this row that takes the Tab key; -1 for none. */
  stop: number;
  cell: VirtualGridProps['cell'];
}

/** Scrolling adds and drops rows; those that stay are left alone while `cell` stays the same. */
const Row = memo(function Row({ row, columns, cells, offset, height, gap, stop, cell }: RowProps) {
  return (
    <div
      role="row"
      aria-rowindex={row + 1}
      className={styles.row}
      style={{
        transform: `translateY(${offset}px)`,
        height,
        gap,
        gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
      }}
    >
      {Array.from({ length: cells }, (_, column) => {
        const index = row * columns + column;
        return (
          <div key={index} role="gridcell" aria-colindex={column + 1} className={styles.cell}>
            {cell(index, { tabIndex: index === stop ? 0 : -1, 'data-cell': index })}
          </div>
        );
      })}
    </div>
  );
});
