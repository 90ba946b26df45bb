/** What is drawn by both sides, and what is measured of it. */
import type { Taken } from './process-watch.js';

export interface Work {
  /** The checkpoint's folder. */
  checkpoint: string;
  pipeline: string;
  width: number;
  height: number;
  steps: number;
  guidance: number;
  pictures: number;
  threads: number;
  /** How often all of it is drawn; the last time counts. */
  runs: number;
  /** Whether the walk alone counts, and nothing is decoded. */
  latentsOnly: boolean;
}

/** A moment of a run, with what had passed since the start of its process. */
export interface Moment {
  what: 'imported' | 'loaded' | 'run' | 'step' | 'picture';
  seconds: number;
  cpu: number;
}

export interface Measured extends Taken {
  version: string;
  moments: Moment[];
}

export const PROMPT = 'a red house on green hills at sunset';
export const SEED = 101;

/** Processor seconds and seconds of a part of the work. */
export interface Cost {
  cpu: number;
  seconds: number;
}

const between = (a: Moment, b: Moment): Cost => ({ cpu: b.cpu - a.cpu, seconds: b.seconds - a.seconds });

/** What the steps but the first cost, which has to fetch the weights: their median. */
export function stepCost({ moments }: Measured): Cost {
  const steps = lastRun(moments).filter(({ what }) => what === 'step');
  const costs = steps.slice(1).map((step, i) => between(steps[i]!, step));
  const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] ?? NaN;
  return { cpu: median(costs.map(({ cpu }) => cpu)), seconds: median(costs.map(({ seconds }) => seconds)) };
}

/** What it costs from the last step to the pictures; null where nothing was decoded. */
export function decodeCost({ moments }: Measured): Cost | null {
  const run = lastRun(moments);
  const [step, picture] = [run.findLast(({ what }) => what === 'step'), run.find(({ what }) => what === 'picture')];
  return step && picture ? between(step, picture) : null;
}

/** What the last run costs as a whole. */
export function runCost({ moments }: Measured): Cost {
  const run = lastRun(moments);
  return between(run[0]!, run.at(-1)!);
}

/** What it costs until the first step of the first run is done, from the start of the process on. */
export function firstStepCost({ moments }: Measured): Cost {
  const { cpu, seconds } = moments.find(({ what }) => what === 'step')!;
  return { cpu, seconds };
}

function lastRun(moments: Moment[]): Moment[] {
  return moments.slice(moments.findLastIndex(({ what }) => what === 'run'));
}
