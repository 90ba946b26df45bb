/** Random numbers that repeat: Mulberry32 (T. Ettinger, public domain). */
export class Random {
  constructor(private state: number) {}

  /** From 0 up to 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Standard normal, by Box and Muller. */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }

  /** Exponential with a mean: the gap between arrivals that do not know of each other. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next());
  }

  /** One of a list, by weight. */
  pick<T>(values: readonly T[], weights: readonly number[]): T {
    let left = this.next() * weights.reduce((sum, weight) => sum + weight, 0);
    for (const [i, weight] of weights.entries()) if ((left -= weight) < 0) return values[i]!;
    return values.at(-1)!;
  }
}
