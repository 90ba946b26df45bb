import { access } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { InputError } from '../errors.js';

/** A golden `.json` and where what it names is looked for. */
export interface GoldenFile {
  path: string;
  /** The goldens folder that it lies in. */
  root: string;
  /** Another goldens folder, for what its own lacks. */
  otherRoot?: string;
}

/** What a case names lies in its own goldens folder, or else in the other one. */
export async function findInGoldens({ root, otherRoot }: GoldenFile, path: string): Promise<string> {
  const places = [root, otherRoot].filter((folder) => folder !== undefined).map((folder) => join(folder, path));
  for (const place of places) {
    const found = await access(place).then(
      () => true,
      () => false,
    );
    if (found) return place;
  }
  throw new InputError(`The case needs ${places.join(' or ')}, which does not exist.`);
}

/** A golden file's place below its goldens folder, without its ending and without the first `skipped` folders. */
export function goldenName({ root, path }: GoldenFile, skipped: number): string {
  return relative(root, path)
    .split(sep)
    .slice(skipped)
    .join('/')
    .replace(/\.json$/, '');
}
