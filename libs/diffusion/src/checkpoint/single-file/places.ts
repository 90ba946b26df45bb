import { CheckpointError } from '../checkpoint-error.js';
import type { TensorLocation } from '../weight-files.js';

/** Where a module or a tensor of ours lies in a single-file checkpoint. */
export interface Place {
  /** Our name of a module, whose tensors keep the rest of their names, or of one tensor. */
  ours: string;
  /** The name in the file. */
  theirs: string;
  /** Which of several equal parts of the rows of the file's tensor it is. */
  part?: { index: number; of: number };
  /** Whether the file's tensor has its rows as columns. */
  transposed?: boolean;
}

type Tensors = ReadonlyMap<string, TensorLocation>;

/** The tensors whose names begin with `prefix`, by the rest of their names. */
export function tensorsBelow(tensors: Tensors, prefix: string): Map<string, TensorLocation> {
  const below = [...tensors].filter(([name]) => name.startsWith(prefix));
  return new Map(below.map(([name, location]) => [name.slice(prefix.length), location]));
}

/**
 * The tensors of a file under our names. A tensor that has no place keeps its name, so that the network that does not
 * know it refuses it by the name it has in the file. Throws CheckpointError where a part cannot be cut out.
 */
export function rename(tensors: Tensors, places: Iterable<Place>): Map<string, TensorLocation> {
  const below = indexByPrefix(tensors.keys());
  const left = new Set(tensors.keys());
  const renamed = new Map<string, TensorLocation>();
  for (const place of places) {
    for (const name of below.get(place.theirs) ?? []) {
      const rest = name.slice(place.theirs.length);
      if (rest !== '' && (place.part || place.transposed)) continue;
      renamed.set(place.ours + rest, cut(name, tensors.get(name)!, place));
      left.delete(name);
    }
  }
  for (const name of left) renamed.set(name, tensors.get(name)!);
  return renamed;
}

/** Names by each of the modules that they are in, and by themselves. */
function indexByPrefix(names: Iterable<string>): Map<string, string[]> {
  const index = new Map<string, string[]>();
  for (const name of names) {
    const words = name.split('.');
    for (let count = 1; count <= words.length; count++) {
      const prefix = words.slice(0, count).join('.');
      const known = index.get(prefix);
      if (known) known.push(name);
      else index.set(prefix, [name]);
    }
  }
  return index;
}

function cut(name: string, location: TensorLocation, { part, transposed }: Place): TensorLocation {
  const fail = (wanted: string) =>
    new CheckpointError(`${location.path} has "${name}" in shape [${location.shape.join(', ')}], expected ${wanted}.`);
  if (transposed) {
    if (location.shape.length !== 2) throw fail('a matrix');
    return { ...location, shape: location.shape.toReversed(), transposed };
  }
  if (!part) return location;
  const [rows = 0, ...rest] = location.shape;
  if (rows === 0 || rows % part.of !== 0) throw fail(`a multiple of ${part.of} rows`);
  const byteLength = location.byteLength / part.of;
  return {
    ...location,
    shape: [rows / part.of, ...rest],
    offset: location.offset + part.index * byteLength,
    byteLength,
  };
}
