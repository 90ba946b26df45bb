import { roundToFloat16 } from '../tensor/float16.js';
import type { Generator } from './generator.js';
import { Mt19937 } from './mt19937.js';
import { countOf, type Size } from './size.js';

/** Normal draws of fewer values go one by one; others are filled in blocks of this size. */
const BLOCK = 16;
const TWO_PI = 2 * Math.PI;

/** The draws of torch's CPU generator (a Mersenne Twister), value for value within float32 rounding. */
export class CpuGenerator implements Generator {
  private readonly engine: Mt19937;
  /** Second value of a Box-Muller pair, kept for the next short draw. */
  private spareNormal: number | undefined;

  constructor(seed: number | bigint) {
    this.engine = new Mt19937(Number(BigInt(seed) & 0xffffffffn));
  }

  randn(size: Size): Float32Array {
    const values = new Float32Array(countOf(size));
    return this.fillNormal(values, () => this.uniform24());
  }

  /** Like `randn`, as torch draws float64. */
  randn64(size: Size): Float64Array {
    const values = new Float64Array(countOf(size));
    return this.fillNormal(values, () => this.uniform53());
  }

  /** Like `randn`, as torch draws float16; the values are given in float32. */
  randn16(size: Size): Float32Array {
    const values = new Float32Array(countOf(size));
    const drawnAtOnce = values.length - (values.length % BLOCK);
    return this.fillNormal(values, () => this.uniform24(), drawnAtOnce).map(roundToFloat16);
  }

  rand(size: Size): Float32Array {
    return Float32Array.from({ length: countOf(size) }, () => this.uniform24());
  }

  /** Like `rand`, as torch draws float64. */
  rand64(size: Size): Float64Array {
    return Float64Array.from({ length: countOf(size) }, () => this.uniform53());
  }

  /** Integers from `low` to `high` - 1; the range is at most 2^53 wide. */
  randint(low: number, high: number, size: Size): number[] {
    const range = high - low;
    const draw = range >= 2 ** 28 ? () => Number(this.uint64() % BigInt(range)) : () => this.engine.uint32() % range;
    return Array.from({ length: countOf(size) }, () => low + draw());
  }

  /** The integers from 0 to `count` - 1 in random order. */
  randperm(count: number): number[] {
    const order = Array.from({ length: count }, (_, i) => i);
    for (let i = 0; i < count - 1; i++) {
      const j = i + (this.engine.uint32() % (count - i));
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }

  private fillNormal<T extends Float32Array | Float64Array>(
    values: T,
    uniform: () => number,
    drawnAtOnce = values.length,
  ): T {
    if (values.length < BLOCK) {
      for (let i = 0; i < values.length; i++) values[i] = this.normal();
      return values;
    }
    for (let i = 0; i < drawnAtOnce; i++) values[i] = uniform();
    const lastWhole = values.length - (values.length % BLOCK);
    for (let start = 0; start < lastWhole; start += BLOCK) boxMullerBlock(values, start);
    if (lastWhole < values.length) {
      // What is left over is not a block of its own: the last 16 values are drawn again.
      const tail = values.length - BLOCK;
      for (let i = tail; i < values.length; i++) values[i] = uniform();
      boxMullerBlock(values, tail);
    }
    return values;
  }

  private normal(): number {
    if (this.spareNormal !== undefined) {
      const spare = this.spareNormal;
      this.spareNormal = undefined;
      return spare;
    }
    const angle = TWO_PI * this.uniform53();
    const radius = Math.sqrt(-2 * Math.log1p(-this.uniform53()));
    this.spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  private uniform24(): number {
    return (this.engine.uint32() & 0xffffff) / 2 ** 24;
  }

  private uniform53(): number {
    const high = this.engine.uint32() & 0x1fffff;
    return (high * 2 ** 32 + this.engine.uint32()) / 2 ** 53;
  }

  private uint64(): bigint {
    const high = BigInt(this.engine.uint32());
    return (high << 32n) | BigInt(this.engine.uint32());
  }
}

/** Turns 16 uniform values into normal ones: i and i + 8 are a pair (Box and Muller 1958). */
function boxMullerBlock(values: Float32Array | Float64Array, start: number): void {
  for (let i = start; i < start + BLOCK / 2; i++) {
    const radius = Math.sqrt(-2 * Math.log(1 - values[i]!));
    const angle = TWO_PI * values[i + BLOCK / 2]!;
    values[i] = radius * Math.cos(angle);
    values[i + BLOCK / 2] = radius * Math.sin(angle);
  }
}
