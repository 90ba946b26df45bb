import { SegmentedControl } from '@mantine/core';
import { t } from '../texts/texts.js';
import { cellSizes, type CellSize } from '../url/search.js';

/** Least width of a tile, in CSS pixels. */
export const cellWidths: Record<CellSize, number> = { small: 88, medium: 148, large: 256 };

const labels: Record<CellSize, string> = { small: 'S', medium: 'M', large: 'L' };

/** How large the tiles of a grid are; medium is not written into the URL. */
export function CellSizeControl({
  value = 'medium',
  onChange,
}: {
  value?: CellSize | undefined;
  onChange: (size: CellSize | undefined) => void;
}) {
  return (
    <SegmentedControl
      aria-label={t.ui.tileSize}
      value={value}
      data={cellSizes.map((size) => ({ value: size, label: <span title={t.ui.tiles[size]}>{labels[size]}</span> }))}
      onChange={(size) => onChange(size === 'medium' ? undefined : (size as CellSize))}
    />
  );
}
