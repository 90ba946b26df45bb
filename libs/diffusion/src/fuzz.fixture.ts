/** Damages files in every way that a seed can think of, the same each time. */
import { expect } from 'vitest';
import { InputError } from './errors.js';

/** Random whole numbers below a limit. */
export type Random = (limit: number) => number;

/** Numbers that follow from a seed: Mulberry32 by Tommy Ettinger, good enough to damage files. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  };
}

const ODD_BYTES = [0, 1, 0x7f, 0x80, 0xff];
/** Limits of the number types, and sizes that no file has. */
const ODD_INTEGERS = [0n, 1n, 0x7fffffffn, 0x80000000n, 0xffffffffn, 2n ** 40n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];

type Damage = (bytes: Buffer, random: Random) => Buffer;

const DAMAGES: readonly Damage[] = [
  // One bit, one byte, or eight, that are others.
  (bytes, random) => setByte(bytes, random(bytes.length), (byte) => byte ^ (1 << random(8))),
  (bytes, random) => setByte(bytes, random(bytes.length), () => ODD_BYTES[random(ODD_BYTES.length)]!),
  (bytes, random) => setByte(bytes, random(bytes.length), () => random(256)),
  (bytes, random) => {
    if (bytes.length < 8) return bytes;
    bytes.writeBigUInt64LE(ODD_INTEGERS[random(ODD_INTEGERS.length)]!, random(bytes.length - 7));
    return bytes;
  },
  // A piece that is gone, doubled, moved, or that never was there.
  (bytes, random) => bytes.subarray(0, random(bytes.length)),
  (bytes, random) => {
    const [from, to] = piece(bytes, random);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  (bytes, random) => {
    const [from, to] = piece(bytes, random);
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  },
  (bytes, random) => {
    const at = random(bytes.length);
    const noise = Buffer.from(Array.from({ length: 1 + random(64) }, () => random(256)));
    return Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)]);
  },
];

/** A copy of a file with one to four damages. */
export function damaged(file: Uint8Array, random: Random): Buffer {
  let bytes: Buffer = Buffer.from(file);
  for (let count = 1 + random(4); count > 0 && bytes.length > 0; count--) {
    bytes = DAMAGES[random(DAMAGES.length)]!(bytes, random);
  }
  return bytes;
}

function setByte(bytes: Buffer, at: number, change: (byte: number) => number): Buffer {
  bytes[at] = change(bytes[at]!);
  return bytes;
}

function piece(bytes: Buffer, random: Random): [number, number] {
  const from = random(bytes.length);
  return [from, Math.min(bytes.length, from + 1 + random(64))];
}

const deep = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

/** Values that are anything but what is expected. */
const oddValues = (): unknown[] => [
  ...[null, true, false, '', 'x', -1, 0, 1, 0.5, 1e9, 1e308, 2 ** 53, 2 ** 31, 4_294_967_295],
  ...[[], {}, [0], [-1], [1e9], [1e15, 1e15], ['x'], [null], [[1, 2], [3]], new Array(5000).fill(2)],
  ...['x'.repeat(100_000), deep(500)],
];

/** A copy of a JSON value with one to three parts that are other ones, or gone. */
export function damagedJson(value: unknown, random: Random): unknown {
  let copy = structuredClone(value);
  for (let count = 1 + random(3); count > 0; count--) copy = damagePart(copy, random);
  return copy;
}

function damagePart(value: unknown, random: Random): unknown {
  const odd = () => {
    const values = oddValues();
    return values[random(values.length)];
  };
  if (typeof value !== 'object' || value === null || random(20) === 0) return odd();
  const parts = value as Record<string, unknown>;
  const keys = Object.keys(parts);
  const key = keys[random(keys.length)];
  if (key === undefined) return odd();
  if (random(6) === 0) delete parts[key];
  else parts[key] = random(2) === 0 ? damagePart(parts[key], random) : odd();
  return value;
}

/** What damaged files may take at most. */
const MAX_MILLISECONDS = 5000;
const MAX_BYTES = 2 ** 30;

/**
 * Tries something on many files: each time there must be a result or a sentence, soon and within bounded memory.
 * Returns how often there was which.
 */
export async function tryAll(count: number, attempt: (random: Random) => Promise<unknown>) {
  const outcomes = { results: 0, sentences: 0 };
  for (let seed = 1; seed <= count; seed++) {
    const begin = performance.now();
    try {
      await attempt(randomOf(seed));
      outcomes.results++;
    } catch (error) {
      if (!(error instanceof InputError)) throw new Error(`Seed ${seed} ends in a crash.`, { cause: error });
      expect(error.message, `seed ${seed}`).toMatch(/^[^\n]{10,3000}\.$/);
      outcomes.sentences++;
    }
    expect(performance.now() - begin, `milliseconds of seed ${seed}`).toBeLessThan(MAX_MILLISECONDS);
    expect(process.memoryUsage().rss, `memory after seed ${seed}`).toBeLessThan(MAX_BYTES);
  }
  return outcomes;
}
