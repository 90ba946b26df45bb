import { guidanceSinusoids, sinusoids } from '../networks/sinusoids.js';
import { unetWorkspace } from '../networks/workspace.js';
import type { Inputs } from '../runtime/session.js';
import { besideEachOther } from './channels.js';
import type { Conditioning } from './conditioning.js';
import { encodePicture } from './encode-picture.js';
import { guide, rescale } from './guidance.js';
import type { Step, StepHooks } from './influence.js';
import type { DiffusionModel } from './model.js';
import { joined } from './noise.js';
import { plannedWalk } from './planned-walk.js';
import type { PipelineHooks, Run, RunContext } from './run.js';
import { fromNoise } from './start.js';
import type { Trace } from './trace.js';
import { walk } from './walk.js';

/**
 * Walks from what a run begins with to the latents of its pictures, [pictures, channels, h, w]. Throws EngineError and
 * InputError.
 */
export async function denoise(
  model: DiffusionModel,
  run: Run,
  guided: boolean,
  text: Conditioning,
  pipelineHooks: PipelineHooks,
): Promise<Float32Array> {
  const context = contextOf(model, run, guided, text, pipelineHooks.trace);
  const { sampler, first, calls, shape } = context;
  const { influences = [], start = fromNoise } = run;
  sampler.setBeginIndex(first);
  const beginning = await start.begin(context);
  const hooks: StepHooks[] = [];
  for (const influence of influences) {
    pipelineHooks.checkCancelled?.();
    hooks.push(await influence.prepare(context, beginning));
  }
  const predict = await predictor(context, hooks);
  return walk(
    beginning.latents,
    {
      ...{ sampler, first, calls, noise: () => run.noise(shape) },
      predict: ({ n, call, timestep, latents }) =>
        predict({ n, call, sample: sampler.scaleModelInput(latents, call), time: timeOf(model, timestep) }),
      after: (latents, step) => hooks.reduce((own, { after }) => after?.(own, step) ?? own, latents),
    },
    pipelineHooks,
  );
}

function contextOf(
  model: DiffusionModel,
  run: Run,
  guided: boolean,
  text: Conditioning,
  trace: Trace | undefined,
): RunContext {
  const { noise, vaeTiling = false } = run;
  let encoded = 0;
  return {
    ...{ model, run, guided, text, trace },
    ...plannedWalk(model, run),
    pictures: run.prompts.length,
    shape: [model.vaeConfig.latentChannels, run.latentHeight, run.latentWidth],
    encode: (picture) => encodePicture(model, picture, noise, vaeTiling, `vae_encode.${encoded++}`, trace),
  };
}

/** What predicts the noise of a step, after guidance, [pictures, channels, h, w]. */
async function predictor(
  { model, run, pictures, shape, guided, text, trace }: RunContext,
  hooks: readonly StepHooks[],
): Promise<(step: Step) => Promise<Float32Array>> {
  const { conditionWidth } = model.unetConfig.time;
  const rows = guided ? 2 * pictures : pictures;
  const condition = conditionWidth !== null && repeated(guidanceSinusoids(run.guidanceScale, conditionWidth), rows);
  const takes = new Set(run.influences?.map((influence) => influence.takes));
  const [, height, width] = shape as [number, number, number];
  const unet = await model.unet(
    { residuals: takes.has('residuals'), features: takes.has('features') },
    unetWorkspace(model.unetConfig, rows, height, width),
  );
  const channels = hooks.flatMap((hook) => hook.channels ?? []);

  return async (step) => {
    const shown = besideEachOther([step.sample, ...channels], pictures);
    const sample = guided ? joined([shown, shown]) : shown;
    trace?.(`unet.${step.n}.sample`, sample);
    if (condition) trace?.(`unet.${step.n}.timestep_cond`, condition);
    const further: Inputs[] = [];
    for (const { inputs } of hooks) if (inputs) further.push(await inputs(step));
    const { out } = await unet.run({
      sample: { data: sample, shape: [rows, sample.length / (rows * height * width), height, width] },
      time: step.time,
      context: text.context,
      ...(text.added && { added: text.added }),
      ...(condition && { condition: { data: condition, shape: [rows, conditionWidth], constant: true } }),
      ...Object.assign({}, ...further),
    });
    trace?.(`unet.${step.n}.out`, out!.data);
    return guided ? withGuidance(out!.data, run) : out!.data;
  };
}

function withGuidance(both: Float32Array, { guidanceScale, guidanceRescale, prompts }: Run): Float32Array {
  const { guided, withPrompt } = guide(both, guidanceScale);
  return guidanceRescale > 0 ? rescale(guided, withPrompt, guidanceRescale, prompts.length) : guided;
}

function timeOf({ unetConfig }: DiffusionModel, timestep: number): Step['time'] {
  const { channels, cosineFirst, frequencyShift } = unetConfig.time;
  return { data: sinusoids([timestep], channels, { cosineFirst, frequencyShift }), shape: [1, channels] };
}

function repeated(row: Float32Array, times: number): Float32Array {
  return joined(new Array<Float32Array>(times).fill(row));
}
