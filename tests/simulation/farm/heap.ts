/** A queue of what happens when: earliest first, and of equal times what was put in first. */
export class Heap<T> {
  private readonly times: number[] = [];
  private readonly orders: number[] = [];
  private readonly values: T[] = [];
  private put = 0;

  get size(): number {
    return this.values.length;
  }

  push(time: number, value: T): void {
    let i = this.values.length;
    this.times.push(time);
    this.orders.push(this.put++);
    this.values.push(value);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.before(i, parent)) break;
      this.swap(i, parent);
      i = parent;
    }
  }

  pop(): { time: number; value: T } | undefined {
    if (this.values.length === 0) return undefined;
    this.swap(0, this.values.length - 1);
    const time = this.times.pop()!;
    this.orders.pop();
    const value = this.values.pop()!;
    for (let i = 0; ;) {
      const left = 2 * i + 1;
      let least = i;
      if (left < this.values.length && this.before(left, least)) least = left;
      if (left + 1 < this.values.length && this.before(left + 1, least)) least = left + 1;
      if (least === i) break;
      this.swap(i, least);
      i = least;
    }
    return { time, value };
  }

  private before(a: number, b: number): boolean {
    return this.times[a]! < this.times[b]! || (this.times[a]! === this.times[b]! && this.orders[a]! < this.orders[b]!);
  }

  private swap(a: number, b: number): void {
    for (const list of [this.times, this.orders] as number[][]) [list[a], list[b]] = [list[b]!, list[a]!];
    [this.values[a], this.values[b]] = [this.values[b]!, this.values[a]!];
  }
}
