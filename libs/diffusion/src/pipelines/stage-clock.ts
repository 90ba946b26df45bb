import type { RenderProgress, RenderResult } from './types.js';

type Stage = RenderProgress['stage'];

/** Measures the stages of a run, with the loading of networks taken out of them, and tells how it goes on. */
export class StageClock {
  private readonly seconds: Record<Stage, number> = { load: 0, encode: 0, denoise: 0, decode: 0 };
  private current: RenderProgress = { stage: 'load', step: 0, steps: 1 };
  private since = performance.now();

  constructor(private readonly onProgress?: (progress: RenderProgress) => void) {}

  /** Goes on to a stage, or to a step of it. */
  enter(progress: RenderProgress): void {
    const now = performance.now();
    this.seconds[this.current.stage] += (now - this.since) / 1000;
    this.since = now;
    this.current = progress;
    this.onProgress?.(progress);
  }

  /** Counts the time of `load` as loading, then goes on with the stage before. */
  async loading<T>(load: () => Promise<T>): Promise<T> {
    const interrupted = this.current;
    this.enter({ stage: 'load', step: 0, steps: 1 });
    try {
      return await load();
    } finally {
      this.enter(interrupted);
    }
  }

  finish(): Pick<RenderResult, `seconds${'Load' | 'Encode' | 'Denoise' | 'Decode'}`> {
    this.enter(this.current);
    const { load, encode, denoise, decode } = this.seconds;
    return { secondsLoad: load, secondsEncode: encode, secondsDenoise: denoise, secondsDecode: decode };
  }
}
