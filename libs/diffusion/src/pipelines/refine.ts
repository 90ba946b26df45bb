import { InputError } from '../errors.js';
import type { DiffusionModel } from './model.js';
import { checkNumber } from './request/checks.js';
import type { Run } from './run.js';
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

/** Parts the walk of a run between its checkpoint and a refiner (Podell et al. 2023, section 2.5). Throws InputError. */
export function partWalk(
  { switchAt = SWITCH_AT }: RefinerRequest,
  run: Run,
  refinerRun: Run,
): { first: Run; second: (latents: Float32Array) => Run } {
  checkNumber('refiner.switchAt', switchAt, 0.01, 0.99);
  return {
    first: { ...run, part: { ...run.part, to: switchAt } },
    second: (latents) => ({
      ...refinerRun,
      start: fromLatents(latents),
      part: { from: switchAt },
      // What is drawn of each seed goes on where the first checkpoint's draws ended.
      noise: run.noise,
    }),
  };
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
