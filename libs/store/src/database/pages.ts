import { AtelierError, type Page } from '@atelier/contracts';

export interface PageRequest {
  /** At most this many items, 1 to 1000. @default 100 */
  size?: number;
  /** `nextPageToken` of the page before. */
  token?: string;
}

/** A request with its defaults: how many rows to ask for, and the key of the last row of the page before. */
export interface Seek {
  size: number;
  after: unknown[] | null;
}

/** Reads a request whose token holds `keyLength` values. Throws `invalid_request` for one that this farm never gave out. */
export function seek({ size = 100, token }: PageRequest, keyLength: number): Seek {
  if (!Number.isInteger(size) || size < 1 || size > 1000)
    throw new AtelierError('invalid_request', `The page size ${size} is not between 1 and 1000.`);
  if (token === undefined) return { size, after: null };
  try {
    const after: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    const valid = (value: unknown) => typeof value === 'string' || Number.isSafeInteger(value);
    if (Array.isArray(after) && after.length === keyLength && after.every(valid)) return { size, after };
  } catch {
    // Said below.
  }
  throw new AtelierError(
    'invalid_request',
    `The page token "${token.slice(0, 80)}" is not one that this farm gave out.`,
  );
}

/** The page from rows of which one more than its size was asked for: the surplus row says that there is another page. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  size: number,
  toItem: (row: Row) => Item,
  keyOf: (row: Row) => (string | number | Date)[],
): Page<Item> {
  const last = rows.length > size ? rows[size - 1] : undefined;
  return {
    items: rows.slice(0, size).map(toItem),
    nextPageToken: last === undefined ? null : Buffer.from(JSON.stringify(keyOf(last))).toString('base64url'),
  };
}
