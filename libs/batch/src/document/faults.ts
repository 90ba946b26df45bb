import { AtelierError } from '@atelier/contracts';

/** The path of a fault as people write it: `prompts[3]`, `matrix.seed`. */
export function placeOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((place, key) => {
    if (typeof key === 'number') return `${place}[${key}]`;
    return place === '' ? String(key) : `${place}.${String(key)}`;
  }, '');
}

/** A value as a sentence shows it, never longer than a line. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** An `invalid_batch` error at `where`; the sentence begins with that place. */
export const fault = (where: string, rest: string) => new AtelierError('invalid_batch', `${where} ${rest}`, where);
