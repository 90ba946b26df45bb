import { stripVTControlCharacters } from 'node:util';

export interface Column<Row> {
  title: string;
  /** @default 'left' */
  align?: 'left' | 'right';
  value(row: Row): string | number | null;
}

const width = (text: string) => stripVTControlCharacters(text).length;

/** Rows under their titles, columns two spaces apart. A value of null shows as a dash. Cells may carry colours. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ value }) => String(value(row) ?? '–'))),
  ];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => width(line[i]!))));
  return lines
    .map((line) =>
      line
        .map((text, i) => {
          const space = ' '.repeat(widths[i]! - width(text));
          return columns[i]!.align === 'right' ? space + text : text + space;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
