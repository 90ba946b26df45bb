/** What is done in a process of its own, where a driver that crashes or hangs takes nothing along. */
import type { NetworkCase, Precision, SessionOptions } from '@atelier/diffusion/testing';

/** Loads a network, runs it and lets go of it. */
export interface NetworkTask {
  kind: 'network';
  network: NetworkCase;
  session: SessionOptions;
  runs: number;
  /** Whether its output is told. */
  tell: boolean;
  /** Whether another network stays open all the while. @default false */
  beside?: boolean;
}

/** Attention alone. */
export interface AttentionTask {
  kind: 'attention';
  provider: string;
  precision: Precision;
  /** Whether by the provider's own operator. */
  fused: boolean;
  /** [samples, heads, channels of a head, rows that ask, rows that are asked] */
  size: readonly [number, number, number, number, number];
  runs: number;
}

/** Normalization of groups alone. */
export interface NormalizationTask {
  kind: 'normalization';
  provider: string;
  precision: Precision;
  /** What the moments are computed in. */
  moments: Precision;
  /** [samples, groups, numbers of a group] */
  size: readonly [number, number, number];
  /** In deviations. */
  mean: number;
}

/** Opens and runs the smallest graph. */
export interface OpenTask {
  kind: 'open';
  provider: string;
  options: Record<string, string | number | boolean>;
}

export type Task = NetworkTask | AttentionTask | NormalizationTask | OpenTask;

/** Where a task is; it waits until it is told to go on, so that memory can be read. */
export type Moment = 'started' | 'loaded' | 'ran' | 'released';

export interface TaskResult {
  output: Float32Array;
  loadSeconds: number;
  firstSeconds: number;
  /** Median of the runs but the first. */
  seconds: number;
  /** Bytes that a run copies to the device and back, once everything that stays is there. */
  up: number;
  down: number;
}

export type FromTask = { moment: Moment } | { result: TaskResult } | { error: string };
