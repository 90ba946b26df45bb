import { sinusoids } from '../networks/sinusoids.js';
import { unetWorkspace } from '../networks/workspace.js';
import type { Values } from '../runtime/session.js';
import { createSampler } from '../samplers/registry.js';
import { combine } from '../tensor/vector.js';
import { besideEachOther } from './channels.js';
import { encodeWords } from './conditioning.js';
import { decode } from './decode.js';
import type { Drawing } from './draw.js';
import type { DiffusionModel } from './model.js';
import { joined } from './noise.js';
import type { PromptEncoder } from './prompts.js';
import type { PipelineHooks, Run } from './run.js';
import { repeatedTo, type SourcePicture } from './start.js';
import type { Trace } from './trace.js';
import { walk } from './walk.js';

/**
 * Changes a picture as prompts say, Brooks et al. 2022, arXiv:2211.09800: guided away from no prompt and from no picture, by
 * a scale for each. Throws EngineError and InputError.
 *
 * @param pictureScale how much the picture outweighs none; below 1 nothing is guided
 */
export async function drawEdited(
  model: DiffusionModel,
  encoder: PromptEncoder,
  run: Run,
  picture: SourcePicture,
  pictureScale: number,
  hooks: PipelineHooks = {},
): Promise<Drawing> {
  const { latentHeight, latentWidth } = run;
  const pictures = run.prompts.length;
  const guided = run.guidanceScale > 1 && pictureScale >= 1;
  hooks.onProgress?.({ stage: 'encode', step: 0, steps: 1 });
  const { context, added } = await encodeWords(model, encoder, run, guided, hooks.trace);
  const told = { context, ...(added && { added }) };
  const text = guided
    ? Object.fromEntries(Object.entries(told).map(([name, own]) => [name, promptThenNone(own)]))
    : told;
  const seen = repeatedTo(
    await latentsOf(model, picture, hooks.trace),
    pictures,
    model.vaeConfig.latentChannels * latentHeight * latentWidth,
  );

  const shape = [model.vaeConfig.latentChannels, latentHeight, latentWidth];
  const rows = guided ? 3 * pictures : pictures;
  const shown = guided ? joined([seen, seen, new Float32Array(seen.length)]) : seen;
  const sampler = createSampler(run.scheduler, run.steps, { ...run.samplerOptions, batchSize: pictures });
  const unet = await model.unet({}, unetWorkspace(model.unetConfig, rows, latentHeight, latentWidth));
  const { channels, cosineFirst, frequencyShift } = model.unetConfig.time;
  const latents = await walk(
    combine([sampler.initNoiseSigma, run.noise(shape)]),
    {
      sampler,
      noise: () => run.noise(shape),
      predict: async ({ n, timestep, latents }) => {
        const scaled = sampler.scaleModelInput(latents, n);
        const sample = besideEachOther([guided ? joined([scaled, scaled, scaled]) : scaled, shown], rows);
        hooks.trace?.(`unet.${n}.sample`, sample);
        const { out } = await unet.run({
          sample: { data: sample, shape: [rows, 2 * shape[0]!, latentHeight, latentWidth] },
          time: { data: sinusoids([timestep], channels, { cosineFirst, frequencyShift }), shape: [1, channels] },
          ...text,
        });
        hooks.trace?.(`unet.${n}.out`, out!.data);
        return guided ? guide(out!.data, run.guidanceScale, pictureScale) : out!.data;
      },
    },
    hooks,
  );
  return { latents, pictures: await decode(model, run, latents, hooks) };
}

/** What a picture most likely is in latents, not drawn, scaled only for U-Nets that were trained to see it so. */
async function latentsOf(
  model: DiffusionModel,
  { values, width, height }: SourcePicture,
  trace: Trace | undefined,
): Promise<Float32Array> {
  const encoder = await model.vaeEncoder();
  trace?.('vae_encode.0.in', values);
  const { moments, latents } = await encoder.run({
    picture: { data: values, shape: [1, model.vaeConfig.pictureChannels, height, width] },
  });
  const mean = latents?.data ?? moments!.data.subarray(0, moments!.data.length / 2);
  trace?.('vae_encode.0.mean', mean);
  return model.scalesEditedPicture ? combine([model.vaeConfig.scalingFactor, mean]) : mean;
}

/** Rows of no prompt, then of prompts, as rows of prompts, then twice of none. */
function promptThenNone({ data, shape: [rows = 2, ...rest] }: Values): Values {
  const [none, prompts] = [data.subarray(0, data.length / 2), data.subarray(data.length / 2)];
  return { data: joined([prompts, none, none]), shape: [(rows / 2) * 3, ...rest] };
}

/** @param all predictions with prompt and picture, with the picture alone, and with neither */
function guide(all: Float32Array, scale: number, pictureScale: number): Float32Array {
  const third = all.length / 3;
  const [both, picture, neither] = [0, 1, 2].map((i) => all.subarray(i * third, (i + 1) * third));
  return combine([scale, both!], [pictureScale - scale, picture!], [1 - pictureScale, neither!]);
}
