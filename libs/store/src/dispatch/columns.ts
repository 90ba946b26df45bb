/** Text as PostgreSQL takes it: no NUL, no half surrogate pairs. What agents send may hold either. */
export const cleanText = (text: string): string => text.replaceAll('\0', '\uFFFD').replace(/\p{Surrogate}/gu, '\uFFFD');

/** JSON text with every string in it cleaned. */
export const cleanJson = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'string' ? cleanText(inner) : inner));

/** Parameter arrays for `unnest`: one per column, in the order of `columns`. */
export function columnsOf<T>(rows: readonly T[], ...columns: ((row: T) => unknown)[]): unknown[][] {
  return columns.map((column) =>
    rows.map((row) => {
      const value = column(row);
      return typeof value === 'string' ? cleanText(value) : value;
    }),
  );
}
