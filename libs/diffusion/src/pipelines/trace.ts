/**
 * Is shown what a pipeline computes on its way, under the names of the golden files (`tests/goldens/README.md`):
 * `prompt_embeds`, `latents.initial`, `unet.0.out`, `step.3.prev_sample` …
 */
export type Trace = (name: string, values: ArrayLike<number>) => void;
