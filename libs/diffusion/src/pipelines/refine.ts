import { InputError } from '../errors.js';
import { draw, drawLatents, type Drawing } from './draw.js';
import type { DiffusionModel } from './model.js';
import { plannedWalk } from './planned-walk.js';
import type { PromptEncoder } from './prompts.js';
import { checkNumber } from './request/checks.js';
import type { PipelineHooks, Run } from './run.js';
import { fromLatents } from './start.js';
import type { RefinerRequest, RenderRequest, RenderSettings } from './types.js';

const SWITCH_AT = 0.8;

/** What a refiner is asked: the same, without what its checkpoint knows nothing of. Throws InputError. */
export function refinerRequest(request: RenderRequest, { width, height }: RenderSettings): RenderRequest {
  if (request.mask)
    throw new InputError('A refiner goes over the whole picture; the request cannot have a mask as well.');
  const { checkpoint } = request.refiner!;
  const { sampler, schedule, eta, rng, sdxl, promptSyntax, vae } = request;
  const { steps, guidanceScale, guidanceRescale, pictures } = request;
  return {
    ...{ checkpoint, width, height, steps, guidanceScale, pictures },
    ...withoutAbsent({ sampler, schedule, eta, rng, sdxl, promptSyntax, vae, guidanceRescale }),
  };
}

/**
 * Parts the walk of a run between its checkpoint and a refiner (Podell et al. 2023, section 2.5); the second has to be
 * given the latents that the first leaves. Throws InputError.
 */
export function partWalk(
  { switchAt = SWITCH_AT }: RefinerRequest,
  run: Run,
  refinerRun: Run,
): { first: Run; second: Run } {
  checkNumber('refiner.switchAt', switchAt, 0.01, 0.99);
  return {
    first: { ...run, part: { ...run.part, to: switchAt } },
    // What is drawn of each seed goes on where the first checkpoint's draws ended.
    second: { ...refinerRun, part: { from: switchAt }, noise: run.noise },
  };
}

/** A run that is parted between its checkpoint and a refiner. */
export interface Refinement {
  /** The refiner. */
  model: DiffusionModel;
  first: Run;
  second: Run;
}

/** Draws what a checkpoint begins and its refiner ends; the steps of both are told as those of one walk. */
export async function drawRefined(
  base: DiffusionModel,
  { model, first, second }: Refinement,
  encoder: PromptEncoder,
  hooksOf: (model: DiffusionModel, run: Run) => PipelineHooks,
): Promise<{ run: Run; drawing: Drawing }> {
  const [before, after] = [plannedWalk(base, first).calls, plannedWalk(model, second).calls];
  const partOf = ({ onProgress, ...hooks }: PipelineHooks, step: number): PipelineHooks => ({
    ...hooks,
    onProgress: (progress) => {
      const isStep = progress.stage === 'denoise';
      onProgress?.(isStep ? { ...progress, step: step + progress.step, steps: before + after } : progress);
    },
  });
  const latents = await drawLatents(base, encoder, first, partOf(hooksOf(base, first), 0));
  const run = { ...second, start: fromLatents(latents) };
  return { run, drawing: await draw(model, encoder, run, partOf(hooksOf(model, run), before)) };
}

/** Refuses a refiner that does not understand the latents of a model. */
export function refuseOtherLatents(model: DiffusionModel, refiner: DiffusionModel, path: string): void {
  const family = ({ description }: DiffusionModel) => description.architecture.replace('-refiner', '');
  if (family(model) !== family(refiner)) {
    throw new InputError(
      `${path} cannot refine what this checkpoint draws: it is of ${refiner.description.architecture}, the checkpoint of ${model.description.architecture}.`,
    );
  }
}

function withoutAbsent<T extends object>(values: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const present = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as { [Key in keyof T]?: Exclude<T[Key], undefined> };
}
