/** A growing set of numbers, kept as pieces that are computed: ranges, and arithmetic over a count. */
export class NumberSet {
  count = 0;
  private readonly pieces: { before: number; count: number; start?: number; numberOf?: (ordinal: number) => number }[] =
    [];

  /** Adds `start` to `start + count - 1`. Ranges that meet become one. */
  addRange(start: number, count: number): void {
    const last = this.pieces.at(-1);
    if (last?.start !== undefined && last.start + last.count === start) last.count += count;
    else this.pieces.push({ before: this.count, count, start });
    this.count += count;
  }

  /** Adds `numberOf(0)` to `numberOf(count - 1)`. */
  add(count: number, numberOf: (ordinal: number) => number): void {
    this.pieces.push({ before: this.count, count, numberOf });
    this.count += count;
  }

  /** The number that was added as number `ordinal`, 0 to count - 1. */
  at(ordinal: number): number {
    let low = 0;
    let high = this.pieces.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.pieces[middle]!.before <= ordinal) low = middle;
      else high = middle;
    }
    const { before, start = 0, numberOf } = this.pieces[low]!;
    return numberOf ? numberOf(ordinal - before) : start + ordinal - before;
  }
}
