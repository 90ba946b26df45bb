import type { Generator } from './generator.js';
import { philox4x32 } from './philox.js';
import { countOf, type Size } from './size.js';

const TO_UNIT = Math.fround(2 ** -32);
const TO_CIRCLE = Math.fround(2 ** -32 * 2 * Math.PI);

/**
 * The draws of torch's CUDA generator. Value i belongs to thread i, which holds for up to 2048 values per
 * multiprocessor; beyond that the layout would depend on the GPU.
 */
export class GpuGenerator implements Generator {
  private readonly key: readonly [number, number];
  /** Draws so far: each moves every thread's counter on by one. */
  private offset = 0;

  constructor(seed: number | bigint) {
    const bits = BigInt.asUintN(64, BigInt(seed));
    this.key = [Number(bits & 0xffffffffn), Number(bits >> 32n)];
  }

  randn(size: Size): Float32Array {
    return this.draw(size, (a, b) => {
      const radius = Math.sqrt(-2 * Math.log(scaled(a, TO_UNIT)));
      return radius * Math.sin(scaled(b, TO_CIRCLE));
    });
  }

  rand(size: Size): Float32Array {
    return this.draw(size, (a) => {
      const value = scaled(a, TO_UNIT);
      // The device draws from (0, 1] and turns the upper bound into the lower.
      return value === 1 ? 0 : value;
    });
  }

  private draw(size: Size, toValue: (a: number, b: number) => number): Float32Array {
    const values = new Float32Array(countOf(size));
    const words = new Uint32Array(4);
    for (let thread = 0; thread < values.length; thread++) {
      words[0] = this.offset;
      words[1] = 0;
      words[2] = thread;
      words[3] = 0;
      philox4x32(words, this.key);
      values[thread] = toValue(words[0]!, words[1]!);
    }
    this.offset++;
    return values;
  }
}

/** A 32-bit word times `factor`, off zero by half a step, in float32 as on the device. */
function scaled(word: number, factor: number): number {
  const { fround } = Math;
  return fround(fround(fround(word) * factor) + factor / 2);
}
