import type { UnetLayout } from '../checkpoint/ldm-unet-names.js';
import { loraFile } from '../checkpoint/adapter-file.js';
import { openSafetensors, type SafetensorsFile } from '../checkpoint/safetensors.js';
import { InputError } from '../errors.js';
import type { LowRankChange } from '../networks/weights.js';
import type { LoraRequest } from '../pipelines/types.js';
import { matchLora, type LoraMatch } from './match.js';
import type { LoraTarget } from './spellings.js';

/** What can be changed in a checkpoint. */
export interface LoraTargets {
  modules: readonly { target: LoraTarget; module: string; shape: readonly number[] }[];
  layout: UnetLayout;
}

/** The changes that some LoRAs make together. */
export interface LoadedLoras {
  changes: Record<LoraTarget, Map<string, LowRankChange[]>>;
  /** Changes when a file or a weight does. */
  identity: string;
  files: string[];
  /** What the user should know: tensors that change nothing. */
  warnings: string[];
}

/** Tensors that make a plain low-rank change something else: without them the picture would be wrong. */
const UNSUPPORTED: readonly (readonly [RegExp, string])[] = [
  [/\.dora_scale$|\.lora_magnitude_vector(\.weight)?$/, 'DoRA'],
  [/\.hada_[wt]\d/, 'LoHa'],
  [/\.lokr_[wt]\d/, 'LoKr'],
  [/\.lora_mid\.weight$/, 'Tucker-decomposed LoRA'],
];

/**
 * Finds out what LoRAs change, without reading their weights. Throws InputError for one that changes nothing of the
 * checkpoint, or is of a kind that the engine does not know.
 */
export async function loadLoras(loras: readonly LoraRequest[], targets: LoraTargets): Promise<LoadedLoras> {
  const loaded: LoadedLoras = {
    changes: { unet: new Map(), text_encoder: new Map(), text_encoder_2: new Map() },
    identity: '',
    files: [],
    warnings: [],
  };
  for (const lora of loras) {
    const { path, weight, textEncoderWeight = weight } = lora;
    const file = await openSafetensors(await loraFile(path));
    refuseOtherKinds(file);
    const { matches, leftover } = matchLora(file.tensors.keys(), targets.modules, targets.layout);
    if (matches.length === 0) {
      throw new InputError(
        `The LoRA ${path} changes nothing: none of its ${file.tensors.size} tensors belongs to a part of this checkpoint.`,
      );
    }
    refuseOtherArchitectures(path, file, matches, targets);
    const factors = { unet: weight, text_encoder: textEncoderWeight, text_encoder_2: textEncoderWeight };
    for (const { target, module, change } of await readChanges(file, matches)) {
      const changes = loaded.changes[target].get(module) ?? [];
      changes.push({ ...change, scale: change.scale * factors[target] });
      loaded.changes[target].set(module, changes);
    }
    loaded.files.push(file.path);
    loaded.identity += `${file.identity} ${weight} ${textEncoderWeight}\n`;
    if (leftover.length > 0) loaded.warnings.push(describeLeftover(path, leftover));
  }
  return loaded;
}

/** The changes of one file at weight 1: scale is alpha / rank. */
async function readChanges(file: SafetensorsFile, matches: readonly LoraMatch[]) {
  const alphaNames = matches.flatMap(({ alpha }) => alpha ?? []);
  const alphaValues = await file.read(alphaNames);
  const alphas = new Map(alphaNames.map((name, i) => [name, alphaValues[i]![0]!]));
  const locate = (name: string) => ({ path: file.path, ...file.tensors.get(name)! });
  return matches.map(({ target, module, down, up, alpha }) => {
    const rank = file.tensors.get(down)!.shape[0] ?? 1;
    const scale = alpha === undefined ? 1 : alphas.get(alpha)! / rank;
    return { target, module, change: { down: locate(down), up: locate(up), scale } };
  });
}

/** A LoRA for another architecture has modules of the same names, and other sizes. */
function refuseOtherArchitectures(
  path: string,
  { tensors }: SafetensorsFile,
  matches: readonly LoraMatch[],
  { modules }: LoraTargets,
): void {
  const shapes = new Map(modules.map(({ target, module, shape }) => [`${target} ${module}`, shape]));
  const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);
  for (const { target, module, down, up } of matches) {
    const shape = shapes.get(`${target} ${module}`)!;
    const [downShape, upShape] = [tensors.get(down)!.shape, tensors.get(up)!.shape];
    const [out = 1, rank = downShape[0] ?? 1] = [shape[0], downShape[0]];
    if (upShape[0] === out && sizeOf(upShape) === out * rank && sizeOf(downShape) * out === rank * sizeOf(shape))
      continue;
    const list = (sizes: readonly number[]) => `[${sizes.join(', ')}]`;
    throw new InputError(
      `The LoRA ${path} is for another architecture: it changes "${module}" by ${list(upShape)} times ${list(downShape)}, which is ${list(shape)} in this checkpoint.`,
    );
  }
}

function refuseOtherKinds({ tensors, path }: SafetensorsFile): void {
  for (const [pattern, kind] of UNSUPPORTED) {
    const name = [...tensors.keys()].find((key) => pattern.test(key));
    if (name) throw new InputError(`${path} is a ${kind} (it has "${name}"); the engine knows plain LoRAs only.`);
  }
}

function describeLeftover(path: string, leftover: readonly string[]): string {
  const more = leftover.length > 1 ? ` and ${leftover.length - 1} more` : '';
  return `The LoRA ${path} has a tensor "${leftover[0]}"${more} that belongs to no part of this checkpoint.`;
}
