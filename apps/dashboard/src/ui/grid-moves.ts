/** The arithmetic of a grid: how many columns fit, and where a key leads. */

/** As many columns of at least `cellWidth` as `width` holds, never fewer than two. */
export const columnsFor = (width: number, cellWidth: number, gap: number): number =>
  Math.max(2, Math.floor((width + gap) / (cellWidth + gap)));

/** The cell that `key` leads to from cell `from`; null when the key does not move. */
export function moveInGrid(
  key: string,
  from: number,
  { count, columns, rowsOnScreen }: { count: number; columns: number; rowsOnScreen: number },
): number | null {
  const steps: Record<string, number> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowDown: columns,
    PageUp: -columns * rowsOnScreen,
    PageDown: columns * rowsOnScreen,
    Home: -from,
    End: count - 1 - from,
  };
  const step = steps[key];
  if (step === undefined || count === 0) return null;
  const target = from + step;
  // A step up or down that leaves the grid stays where it is; a page ends at the first or the last row.
  if (key.startsWith('Arrow')) return target >= 0 && target < count ? target : null;
  return Math.min(count - 1, Math.max(0, target));
}
