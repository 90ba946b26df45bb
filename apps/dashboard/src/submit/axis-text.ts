/** Values of a matrix axis as a person types them: `1, 2, 3`, or `1..100` and `1..2 step 0.25` for a range. Pure. */

/** Keys whose values are numbers. */
const numeric = new Set(['seed', 'steps', 'guidance', 'eta', 'clipSkip', 'strength', 'guidanceRescale']);

export type AxisValues = (string | number)[] | { from: number; count: number; step?: number };

/** Null: nothing that an axis could take. */
export function parseAxis(key: string, text: string): AxisValues | null {
  const range = /^\s*(-?[\d.]+)\s*\.\.\s*(-?[\d.]+)(?:\s+step\s+(-?[\d.]+))?\s*$/.exec(text);
  if (range && numeric.has(key)) {
    const [from, to, step = 1] = range.slice(1).map((part) => (part === undefined ? undefined : Number(part)));
    const count = Math.floor((to! - from!) / step + 1e-9) + 1;
    if (!Number.isFinite(count) || count < 1) return null;
    return { from: from!, count, ...(step !== 1 && { step }) };
  }
  const parts = text
    .split(key === 'negative' ? '|' : ',')
    .map((part) => part.trim())
    .filter(Boolean);
  if (parts.length === 0) return null;
  if (!numeric.has(key)) return parts;
  const numbers = parts.map(Number);
  return numbers.every(Number.isFinite) ? numbers : null;
}

export function formatAxis(key: string, values: unknown): string {
  if (Array.isArray(values))
    return values
      .map((value) => (typeof value === 'object' ? JSON.stringify(value) : String(value)))
      .join(key === 'negative' ? ' | ' : ', ');
  if (values === null || typeof values !== 'object') return '';
  const { from, count, step = 1 } = values as { from?: number; count?: number; step?: number };
  if (from === undefined || count === undefined) return '';
  const last = Number((from + (count - 1) * step).toPrecision(12));
  return `${from}..${last}${step === 1 ? '' : ` step ${step}`}`;
}

/** How many values an axis has, as far as it can be told. */
export function sizeOf(values: unknown): number {
  if (Array.isArray(values)) return values.length;
  const count = values !== null && typeof values === 'object' ? Reflect.get(values, 'count') : undefined;
  return typeof count === 'number' ? count : 1;
}
