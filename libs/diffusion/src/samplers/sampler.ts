/** What one denoising step gives back. Both arrays have the sample's length. */
export interface StepResult {
  /** The sample at the next, lower noise level. */
  prevSample: Float32Array;
  /** The clean picture that the model predicts from here, where the method computes one (good for previews). */
  predOriginal?: Float32Array;
}

/**
 * The numerical method that walks from noise to a picture (diffusers calls it a scheduler).
 *
 * One sampler serves one run: it keeps the history that multistep methods need. Samples are the values of a whole
 * batch, flat, one picture after the other. `callIndex` is always an index into `timesteps`; the calls of a run go
 * through consecutive indices, from the begin index to the end.
 */
export interface Sampler {
  /** What the model is told about the noise level, one entry per model call (a step may take several calls). */
  readonly timesteps: readonly number[];
  /** Noise levels, one per call and a last one where the walk ends; absent where the method has none. */
  readonly sigmas?: Float32Array;
  /** Factor on unit noise that makes the first sample. */
  readonly initNoiseSigma: number;
  /** Entries of `timesteps` per step: image-to-image begins at index `skippedSteps * order`. */
  readonly order: number;
  /** Starts the walk at `timesteps[index]` instead of the first entry, and forgets what was before. */
  setBeginIndex(index: number): void;
  /** What the model is shown of `sample`. May return `sample` itself. */
  scaleModelInput(sample: Float32Array, callIndex: number): Float32Array;
  /**
   * Moves `sample` one call further.
   *
   * @param modelOutput the model's prediction, after guidance
   * @param noise draws unit noise of the sample's length; called only by methods that add noise, once per draw
   */
  step(modelOutput: Float32Array, sample: Float32Array, callIndex: number, noise: () => Float32Array): StepResult;
  /** Brings a clean picture to the noise level of `timesteps[timestepIndex]`. */
  addNoise(original: Float32Array, noise: Float32Array, timestepIndex: number): Float32Array;
}

/** What a run may ask of a sampler beside its configuration. */
export interface SamplerOptions {
  /** Own timesteps instead of the spaced ones, falling. */
  timesteps?: readonly number[];
  /** Own noise levels instead of the spaced ones, falling, with the final one (Euler only). */
  sigmas?: readonly number[];
  /** LCM and TCD: steps of the schedule that the model was distilled on. @default the configuration's */
  originalSteps?: number;
  /** LCM and TCD: share of that schedule to use, in (0, 1]. @default 1 */
  strength?: number;
  /** Noise put back in every step: DDIM from 0 to 1, TCD its gamma. @default 0, TCD 0.3 */
  eta?: number;
  /** DDIM: derives the noise direction again from the clipped prediction. @default false */
  useClippedModelOutput?: boolean;
  /** Euler: noise put in before each step, spread over the run. @default 0 */
  churn?: number;
  /** Euler: noise levels between which churn acts. @default [0, Infinity] */
  churnRange?: readonly [number, number];
  /** Euler, DPM2 a and DPM++ SDE: factor on the noise that is put in. @default 1 */
  noiseScale?: number;
  /** Pictures in a sample: dynamic thresholding looks at each on its own. @default 1 */
  batchSize?: number;
}
