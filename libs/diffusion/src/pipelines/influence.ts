import type { Inputs } from '../runtime/session.js';
import type { RunContext } from './run.js';
import type { Beginning } from './start.js';

/** What takes part in a run beside its text. Each kind is a file in `influences`. */
export interface Influence {
  /** Channels that the U-Net takes behind those of the latents. @default 0 */
  readonly channels?: number;
  /** What the U-Net must take as inputs: residuals of ControlNets, or features of adapters. */
  readonly takes?: 'residuals' | 'features';
  /** Whether it tells the U-Net of an upscaler how much noise is on the picture. */
  readonly tellsNoiseLevel?: boolean;
  /** Gets ready before the first step. Those that draw random numbers do so in the order of the run's list. */
  prepare(context: RunContext, beginning: Beginning): Promise<StepHooks>;
}

/** What an influence does in each step. */
export interface StepHooks {
  /** What the U-Net is shown behind the latents, [pictures, channels, h, w]. */
  channels?: Float32Array;
  /** Further inputs of the U-Net. */
  inputs?: (step: Step) => Promise<Inputs>;
  /** What becomes of the latents [pictures, channels, h, w] that the step gives. */
  after?: (latents: Float32Array, step: Pick<Step, 'n' | 'call'>) => Float32Array;
}

/** A call of the U-Net. */
export interface Step {
  /** Counted from the first of the run. */
  n: number;
  /** Index among the calls of the sampler. */
  call: number;
  /** The latents as the U-Net is shown them, without further channels, [pictures, channels, h, w]. */
  sample: Float32Array;
  /** Sinusoids of the timestep, [1, time.channels]. */
  time: Inputs[string];
}
