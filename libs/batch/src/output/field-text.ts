/** What the fields of `output.name` become. */
import type { agentProto } from '@atelier/contracts';
import type { Settings } from '../schema/settings.js';
import type { NameField } from './name-template.js';

/** What a file name may tell of a task. */
export interface NamedTask {
  index: number;
  promptIndex: number;
  /** Name of the job. */
  job: string;
  request: agentProto.RenderRequest;
  settings: Settings;
}

/** Width of `{index}`: enough for the last task, and at least four digits, so that listings sort. */
export const indexWidth = (total: number) => Math.max(4, String(total - 1).length);

/** Stands for a setting that is left to the checkpoint. */
const unset = 'default';

const texts: Record<NameField, (task: NamedTask, width: number) => string> = {
  index: ({ index }, width) => String(index).padStart(width, '0'),
  promptIndex: ({ promptIndex }) => String(promptIndex),
  job: ({ job }) => job,
  seed: ({ request }) => String(request.seed),
  model: ({ request }) => request.checkpoint!.name,
  vae: ({ request }) => request.vae?.name ?? 'auto',
  loras: ({ settings }) => lorasText(settings.loras ?? []),
  sampler: ({ request: { sampler, schedule } }) =>
    [sampler || unset, ...(schedule && schedule !== 'normal' ? [schedule] : [])].join('_'),
  schedule: ({ request }) => request.schedule || unset,
  steps: ({ request }) => String(request.steps),
  guidance: ({ request }) => String(request.guidanceScale),
  guidanceRescale: ({ request }) => String(request.guidanceRescale),
  strength: ({ request }) => (request.initImage === '' ? unset : String(request.strength)),
  eta: ({ request }) => String(request.eta ?? unset),
  size: ({ request }) => `${request.width}x${request.height}`,
  rng: ({ request }) => request.rng,
  clipSkip: ({ request }) => String(request.clipSkip),
};

/** The text of `field` in the name of `task`; `width` is that of `{index}`. */
export const fieldText = (field: NameField, task: NamedTask, width: number): string => texts[field](task, width);

export const lorasText = (loras: NonNullable<Settings['loras']>): string =>
  loras.map(({ name, weight = 1 }) => (weight === 1 ? name : `${name}@${weight}`)).join('+') || 'none';

/** A value of an axis as people read it. */
export const axisText = (value: NonNullable<Settings[keyof Settings]>): string =>
  Array.isArray(value) ? lorasText(value) : String(value);
