/** Notices a run that hangs: each load, step, encoding and decoding has a limit of its own. */
import { EngineError, type RenderProgress } from '@atelier/diffusion';
import type { StageSeconds, TimedStage } from './stage-times.js';

export interface RenderLimits {
  /** A cancelled run that has not ended after so long is ended with its process. */
  cancelMs: number;
  /** Limit of what nothing is known about yet: long enough for loading a large model from a slow disk. */
  stallMs: number;
  /** No limit is shorter, by stage: a busy machine makes everybody wait a moment. @default `shortestMs` */
  shortestMs?: Partial<Record<TimedStage, number>>;
}

export const renderLimits: RenderLimits = { cancelMs: 10_000, stallMs: 15 * 60_000 };

/** A stage is hung that takes so many times as long as it was expected to. */
const patience = 3;

const shortestMs: Readonly<Record<TimedStage, number>> = {
  load: 120_000,
  encode: 30_000,
  first: 30_000,
  step: 5_000,
  decode: 30_000,
};

const names: Readonly<Record<TimedStage, string>> = {
  load: 'loading',
  encode: 'encoding the prompt',
  first: 'the first step',
  step: 'a step',
  decode: 'decoding',
};

/** The engine did not go on; it was ended. */
export class HungError extends EngineError {
  constructor(message: string) {
    super('crashed', message);
  }
}

export class Watchdog {
  /** What hangs, in a sentence; undefined while all goes on. */
  hung: HungError | undefined;
  private stage: TimedStage = 'load';
  private guessed = false;
  /** What a step was expected to take before the run. */
  private readonly knownStep: number | undefined;
  private since = performance.now();
  private timer: NodeJS.Timeout;

  constructor(
    private readonly limits: RenderLimits,
    /** What stages are expected to take, seconds. Steps that were seen in this run count for those to come. */
    private readonly expected: StageSeconds,
    private readonly events: {
      onHang(): void;
      /** A stage, or a step, was gone through. */
      onPassed?(stage: TimedStage, seconds: number): void;
    },
  ) {
    this.knownStep = expected.step;
    this.timer = this.wait();
  }

  /** The engine gave a sign of progress. */
  progress({ stage, step }: Pick<RenderProgress, 'stage' | 'step'>): void {
    const next = timed(stage, step, this.stage);
    const seconds = (performance.now() - this.since) / 1000;
    const moved = next !== this.stage || step > 0;
    if (moved) {
      this.events.onPassed?.(this.stage, seconds);
      this.learn(seconds);
    }
    // Drawn anew, larger or by another model: the steps of before say nothing of these.
    if (next === 'first') {
      if (this.knownStep === undefined) delete this.expected.step;
      else this.expected.step = this.knownStep;
    }
    this.stage = next;
    this.since = performance.now();
    clearTimeout(this.timer);
    if (!this.hung) this.timer = this.wait();
  }

  /** The run has ended well: what it did last, which nothing follows, is timed, too. */
  finish(): void {
    this.events.onPassed?.(this.stage, (performance.now() - this.since) / 1000);
    this.stop();
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private learn(seconds: number): void {
    const { expected } = this;
    if (this.stage === 'step') {
      expected.step = this.guessed ? seconds : Math.max(seconds, expected.step ?? 0);
      this.guessed = false;
    }
    // Until a second step was seen the first is the best that is known of it.
    if (this.stage === 'first' && expected.step === undefined) {
      expected.step = seconds;
      this.guessed = true;
    }
  }

  private wait(): NodeJS.Timeout {
    const { stage } = this;
    const known = this.expected[stage];
    const shortest = this.limits.shortestMs?.[stage] ?? shortestMs[stage];
    const ms = known === undefined ? this.limits.stallMs : Math.max(shortest, known * 1000 * patience);
    return setTimeout(() => {
      const after = `for ${round(ms / 1000)} s`;
      this.hung = new HungError(
        known === undefined
          ? `the engine gave no sign of progress ${after} and was ended`
          : `the engine hung in ${names[stage]}, which was expected to take ${round(known)} s: it gave no sign of progress ${after} and was ended`,
      );
      this.events.onHang();
    }, ms);
  }
}

/** What the engine is at after it said that `step` steps of a stage are done, when it was at `before`. */
function timed(stage: RenderProgress['stage'], step: number, before: TimedStage): TimedStage {
  if (stage !== 'denoise') return stage;
  // A refiner goes on with the count of its base, and a network may be loaded in the middle of a walk.
  const goesOn = step > 0 && (before === 'first' || before === 'step');
  return goesOn ? 'step' : 'first';
}

const round = (seconds: number) => Number(seconds.toPrecision(2));
