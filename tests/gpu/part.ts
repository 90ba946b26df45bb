/** What the parts of the benchmark `gpu` have in common. */
import type { Precision } from '@atelier/diffusion/testing';

export interface Device {
  name: string;
  /** Whether it computes on the CPU in truth. */
  software: boolean;
  /** Precisions that it computes rightly in. */
  computes: readonly Precision[];
  /** Those in which the provider's own operator for attention is right at the sizes that the engine tries. */
  attention: readonly Precision[];
}

/** A checkpoint to measure with. */
export interface Subject {
  name: string;
  checkpoint: string;
  /** Side of a picture, pixels. */
  side: number;
  /** Sizes of attention in its U-Net: [heads, channels of a head, rows that ask, rows that are asked]. */
  attention: readonly (readonly [number, number, number, number])[];
  /** Whether its weights are of a published size. */
  full: boolean;
}

export interface Setting {
  device: Device;
  subjects: readonly Subject[];
  /** A Python that has diffusers and torch. */
  reference?: string;
}

/** A line of the table; what was not measured is null. */
export type Row = Record<string, string | number | null>;

/** A question of docs/gpu.md, and what answers it. */
export interface Part {
  name: string;
  about: string;
  run(setting: Setting): AsyncIterable<Row>;
}

export const megabytes = (bytes: number | null | undefined) =>
  bytes === null || bytes === undefined ? null : Math.round(bytes / 1e6);
export const milliseconds = (seconds: number | undefined) =>
  seconds === undefined || !Number.isFinite(seconds) ? null : Number((seconds * 1000).toPrecision(4));

/** Peak signal-to-noise ratio of values in a range, dB. */
export function psnr(a: ArrayLike<number>, b: ArrayLike<number>, range: number): number {
  let squares = 0;
  for (let i = 0; i < b.length; i++) squares += (a[i]! - b[i]!) ** 2;
  return 10 * Math.log10((range ** 2 * b.length) / squares);
}
