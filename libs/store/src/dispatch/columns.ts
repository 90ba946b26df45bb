const unstorable = /[\0\p{Surrogate}]/gu;
/** How `JSON.stringify` writes what cannot be stored; also matches the text of such an escape, which can. */
const unstorableEscape = /\\u(0000|d[89a-f])/;

/** Text as PostgreSQL takes it: no NUL, no half surrogate pairs. What agents send may hold either. */
export const cleanText = (text: string): string => text.replace(unstorable, '\uFFFD');

/** JSON text with every string in it cleaned. */
export function cleanJson(value: unknown): string {
  const text = JSON.stringify(value);
  if (!unstorableEscape.test(text)) return text;
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'string' ? cleanText(inner) : inner));
}

/** Parameter arrays for `unnest`: one per column, in the order of `columns`. */
export function columnsOf<T>(rows: readonly T[], ...columns: ((row: T) => unknown)[]): unknown[][] {
  return columns.map((column) =>
    rows.map((row) => {
      const value = column(row);
      return typeof value === 'string' ? cleanText(value) : value;
    }),
  );
}
