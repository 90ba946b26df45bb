import { closest, distance } from 'fastest-levenshtein';

/** A hint after an unknown name: the one that was probably meant, else all that are allowed. */
export function nearest(unknown: string, allowed: readonly string[]): string {
  if (allowed.length === 0) return 'there is none to choose from';
  const likely = closest(unknown.toLowerCase(), allowed);
  const typo = distance(unknown.toLowerCase(), likely.toLowerCase()) <= Math.ceil(unknown.length / 3);
  return typo ? `did you mean ${likely}?` : `allowed are ${allowed.join(', ')}.`;
}
