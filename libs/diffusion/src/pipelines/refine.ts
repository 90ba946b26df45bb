import { InputError } from '../errors.js';
import { draw, drawLatents, type Drawing } from './draw.js';
import { keptSurroundings } from './influences/kept-surroundings.js';
import type { DiffusionModel } from './model.js';
import { plannedWalk } from './planned-walk.js';
import type { PromptEncoder } from './prompts.js';
import { checkNumber } from './request/checks.js';
import type { PipelineHooks, Run } from './run.js';
import type { ResolvedRequest } from './settings.js';
import { fromKeptLatents, fromLatents, type Start } from './start.js';
import type { RefinerRequest, RenderRequest, RenderSettings } from './types.js';

const SWITCH_AT = 0.8;

/** What a refiner is asked: the same, without what its checkpoint knows nothing of. Throws InputError. */
export function refinerRequest(request: RenderRequest, { width, height }: RenderSettings): RenderRequest {
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
  { run, repainted }: Pick<ResolvedRequest, 'run' | 'repainted'>,
  refinerRun: Run,
): Omit<Refinement, 'model'> {
  checkNumber('refiner.switchAt', switchAt, 0.01, 0.99);
  return {
    first: { ...run, part: { ...run.part, to: switchAt } },
    second: {
      ...refinerRun,
      part: { from: switchAt },
      // What is drawn of each seed goes on where the first checkpoint's draws ended.
      noise: run.noise,
      ...(repainted && { influences: [keptSurroundings(repainted)] }),
    },
    goOn: repainted ? fromKeptLatents : fromLatents,
  };
}

/** A run that is parted between its checkpoint and a refiner. */
export interface Refinement {
  /** The refiner. */
  model: DiffusionModel;
  first: Run;
  second: Run;
  /** How the second begins with the latents that the first leaves. */
  goOn(latents: Float32Array): Start;
}

/** Draws what a checkpoint begins and its refiner ends; the steps of both are told as those of one walk. */
export async function drawRefined(
  base: DiffusionModel,
  { model, first, second, goOn }: Refinement,
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
  const run = { ...second, start: goOn(latents) };
  return { run, drawing: await draw(model, encoder, run, partOf(hooksOf(model, run), before)) };
}

/**
 * Refuses a refiner after a checkpoint that was trained to repaint: that leaves noise on what is kept, too, which the
 * refiner could not take for the picture that it puts back. Throws InputError.
 */
export function refuseNoisySurroundings(
  { description }: Pick<DiffusionModel, 'description'>,
  { repainted }: Pick<ResolvedRequest, 'repainted'>,
): void {
  if (!repainted || description.purpose !== 'inpainting') return;
  throw new InputError(
    'A refiner goes on with a mask only after an ordinary checkpoint; this one is made for inpainting, and leaves noise on what is kept.',
  );
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
