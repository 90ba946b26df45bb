/** What golden cases of pipelines recorded, and how it is compared with what the engine shows. */
import { dirname, join, relative } from 'node:path';
import { InputError } from '../errors.js';
import type { PromptEncoder } from '../pipelines/prompts.js';
import type { Target } from '../networks/weights.js';
import { toPixels } from '../pipelines/pixels.js';
import type { SessionCache } from '../runtime/session-cache.js';
import { tensorsOf, type CaseReport } from './format.js';
import { findInGoldens, type GoldenFile } from './places.js';
import { readGoldenTensors, type GoldenTensors } from './tensors.js';
import { TOLERANCES, type Tolerance } from './tolerances.js';

/** What pipelines of golden cases run on: networks stay loaded from case to case. */
export interface GoldenEngine {
  sessions: SessionCache;
  encoder: PromptEncoder;
  target: Target;
}

/** Values by the name of what the pipeline had in its hands. */
export type Stages = Map<string, ArrayLike<number>>;

/** Everything that was recorded of a case, with what it shares with others of its family. */
export async function readRecorded(
  file: GoldenFile,
  { same_as: shared = {} }: { same_as?: Record<string, string> },
): Promise<Stages> {
  const own = await readGoldenTensors(tensorsOf(file.path));
  const recorded = new Map(own.names.map((name) => [name, own.values(name)]));
  const others = new Map<string, GoldenTensors>();
  for (const [name, place] of Object.entries(shared)) {
    const [other, tensor] = place.split(':') as [string, string];
    if (!others.has(other)) {
      const beside = join(dirname(relative(file.root, file.path)), `${other}.safetensors`);
      others.set(other, await readGoldenTensors(await findInGoldens(file, beside)));
    }
    recorded.set(name, others.get(other)!.values(tensor));
  }
  return recorded;
}

/** Compares all that was recorded with what a pipeline showed. Throws InputError where it did not show something. */
export function compareStages(report: CaseReport, recorded: Stages, shown: Stages): void {
  for (const [stage, expected] of recorded) {
    if (!stage.startsWith('input.')) compareStage(report, stage, shown.get(stage), expected);
  }
}

function compareStage(
  report: CaseReport,
  stage: string,
  actual: ArrayLike<number> | undefined,
  expected: ArrayLike<number>,
): void {
  // The reference lets ControlNets that are not followed give zeros; the engine does without them.
  if (!actual && /^controlnet\d+\.0\.(down|mid)/.test(stage)) actual = new Float32Array(expected.length);
  if (!actual) throw new InputError(`The engine does not show "${stage}".`);
  // The reference reads a prompt once where several pictures are drawn of it.
  const isIds = stage.endsWith('.input_ids');
  report.compare(stage, isIds ? Array.from(actual).slice(0, expected.length) : actual, expected, toleranceOf(stage));
}

function toleranceOf(stage: string): Tolerance {
  if (/input_ids$|timestep$|time_ids$|class_labels$/.test(stage)) return TOLERANCES.exact;
  if (stage.startsWith('noise.')) return TOLERANCES.randomNormals;
  if (stage.endsWith('prompt_embeds')) return TOLERANCES.network;
  if (/^images?_u8/.test(stage)) return TOLERANCES.pictureUint8;
  if (/^images$|^vae_decode\.\d+\.out$/.test(stage)) return TOLERANCES.pictureFloat;
  return TOLERANCES.pipeline;
}

/** Shows decoded pictures, [3, height, width] each, as the goldens have them: in bytes and in shares of full colour. */
export function showPictures(shown: Stages, pictures: readonly Float32Array[]): void {
  const bytes = pictures.flatMap((picture) => [...toPlanes(toPixels(picture), picture.length / 3)]);
  shown
    .set('image_u8.0', bytes)
    .set('images_u8', bytes)
    .set('images', clamped(pictures.flatMap((own) => [...own])));
}

/** RGB pixels as [3, height, width]. */
export function toPlanes(pixels: Uint8Array, size: number): Uint8Array {
  return pixels.map((_, i) => pixels[(i % size) * 3 + Math.floor(i / size)]!);
}

/** Decoded values as shares of full colour. */
export function clamped(values: ArrayLike<number>): Float32Array {
  return Float32Array.from(values, (value) => Math.min(Math.max(value / 2 + 0.5, 0), 1));
}
