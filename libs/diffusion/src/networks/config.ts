import { CheckpointError } from '../checkpoint/checkpoint-error.js';
import type { JsonObject } from '../checkpoint/json.js';
import { show } from '../errors.js';

/** No size of a network is larger: a damaged configuration must not take all memory. */
const MAX_SIZE = 1_000_000;

/** Reads a network's `config.json`, with an error in a sentence wherever a setting is not what it may be. */
export class Config {
  /** @param source what to call the configuration in an error */
  constructor(
    private readonly settings: JsonObject,
    private readonly source: string,
  ) {}

  has(key: string): boolean {
    return (this.settings[key] ?? null) !== null;
  }

  number(key: string, fallback?: number): number {
    const value = this.settings[key] ?? fallback;
    // Networks compute in float32.
    if (typeof value !== 'number' || !Number.isFinite(Math.fround(value))) throw this.error(key, 'a number');
    return value;
  }

  size(key: string, fallback?: number, most = MAX_SIZE): number {
    const value = this.number(key, fallback);
    if (!isSize(value) || value > most) throw this.error(key, `a whole number from 1 to ${most}`);
    return value;
  }

  /** A size that divides each of some widths. */
  divisor(key: string, widths: readonly number[], fallback?: number): number {
    const value = this.size(key, fallback);
    const width = widths.find((width) => width % value !== 0);
    if (width !== undefined) throw this.error(key, `a divisor of ${width}`);
    return value;
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.settings[key] ?? fallback;
    if (typeof value !== 'boolean') throw this.error(key, 'true or false');
    return value;
  }

  sizes(key: string): number[] {
    const value = this.settings[key];
    if (!Array.isArray(value) || value.length === 0 || !value.every(isSize)) throw this.error(key, 'a list of sizes');
    return value as number[];
  }

  /** One value per level, where a single one stands for all. */
  perLevel<T>(key: string, levels: number, isValue: (value: unknown) => value is T, fallback?: T): T[] {
    const value = this.settings[key] ?? fallback;
    if (!Array.isArray(value) && isValue(value)) return new Array<T>(levels).fill(value);
    if (!Array.isArray(value) || value.length !== levels || !value.every(isValue)) {
      throw this.error(key, `one value or ${levels}, one per level`);
    }
    return value;
  }

  /** A list of `levels` words out of `allowed`. */
  words<T extends string>(key: string, levels: number, allowed: readonly T[]): T[] {
    const value = this.settings[key];
    const isAllowed = (word: unknown): word is T => allowed.includes(word as T);
    if (!Array.isArray(value) || value.length !== levels || !value.every(isAllowed)) {
      throw this.error(key, `${levels} of ${allowed.join(', ')}`);
    }
    return value;
  }

  /** The settings of a part of the network. */
  part(key: string): Config {
    const value = this.settings[key];
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw this.error(key, 'settings of a part');
    return new Config(value as JsonObject, `"${key}" of ${this.source}`);
  }

  /** One of `allowed`; the first where the setting is absent. */
  oneOf<T extends string | number | boolean | null>(key: string, allowed: readonly [T, ...T[]]): T {
    const value = this.settings[key] === undefined ? allowed[0] : this.settings[key];
    if (!allowed.includes(value as T)) throw this.error(key, allowed.map((word) => JSON.stringify(word)).join(' or '));
    return value as T;
  }

  error(key: string, allowed: string): CheckpointError {
    const found = this.settings[key] === undefined ? 'absent' : show(this.settings[key]);
    return new CheckpointError(
      `${this.source} has "${key}" ${found}, which the engine cannot run; it takes ${allowed}.`,
    );
  }
}

export function isSize(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) <= MAX_SIZE;
}

export function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}

export function isFlag(value: unknown): value is boolean {
  return typeof value === 'boolean';
}
