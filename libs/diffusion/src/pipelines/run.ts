import type { SamplerOptions } from '../samplers/sampler.js';
import type { SchedulerConfig } from '../samplers/scheduler-config.js';
import type { Conditioning, Words } from './conditioning.js';
import type { Influence } from './influence.js';
import type { DiffusionModel } from './model.js';
import type { NoiseSource } from './noise.js';
import type { PlannedWalk } from './planned-walk.js';
import type { Part } from './span.js';
import type { SourcePicture, Start } from './start.js';
import type { Trace } from './trace.js';
import type { RenderProgress } from './types.js';

/** A run of the pipeline with everything decided. */
export interface Run extends Words {
  /** Size in latents. */
  latentHeight: number;
  latentWidth: number;
  scheduler: SchedulerConfig;
  steps: number;
  samplerOptions: SamplerOptions;
  /** How much the prompts outweigh the negative prompts; up to 1 these have no effect. */
  guidanceScale: number;
  guidanceRescale: number;
  noise: NoiseSource;
  /** Whether the autoencoder works tile by tile. @default false */
  vaeTiling?: boolean;
  /** What it begins from. @default noise */
  start?: Start;
  /** @default all of the walk */
  part?: Part;
  /** What takes part in it beside the text. @default nothing */
  influences?: readonly Influence[];
}

/** Looks into a run. */
export interface PipelineHooks {
  /** Called between any two networks: throws to end the run. */
  checkCancelled?: () => void;
  onProgress?: (progress: RenderProgress) => void;
  /** The latents [pictures, channels, h, w] that a step believes to lie under the noise. */
  onPrediction?: (latents: Float32Array) => Promise<void>;
  trace?: Trace;
}

/** A run under way, as what it begins from and what has influence on it see it. */
export interface RunContext extends PlannedWalk {
  model: DiffusionModel;
  run: Run;
  /** Number of pictures. */
  pictures: number;
  /** Of the latents of a picture: [channels, h, w]. */
  shape: readonly number[];
  /** Whether the U-Net is shown all pictures twice, without the prompts and with them. */
  guided: boolean;
  text: Conditioning;
  /** The latents of a picture, [pictures or 1, ...shape]; draws random numbers. */
  encode(picture: SourcePicture): Promise<Float32Array>;
  trace?: Trace;
}
