import type { UnetLayout } from '../checkpoint/ldm-unet-names.js';
import { loraFile } from '../checkpoint/adapter-file.js';
import type { TensorLocation } from '../checkpoint/weight-files.js';
import { openSafetensors, type SafetensorsFile } from '../checkpoint/safetensors.js';
import { InputError } from '../errors.js';
import type { Factor, WeightChange } from '../networks/weight-changes.js';
import type { LoraRequest } from '../pipelines/types.js';
import { matchLora, type FactorMatch, type LoraMatch } from './match.js';
import type { LoraTarget } from './spellings.js';

/** What can be changed in a checkpoint. */
export interface LoraTargets {
  modules: readonly { target: LoraTarget; module: string; shape: readonly number[] }[];
  layout: UnetLayout;
}

/** The changes that some LoRAs make together. */
export interface LoadedLoras {
  changes: Record<LoraTarget, Map<string, WeightChange[]>>;
  /** Changes when a file or a weight does. */
  identity: string;
  files: string[];
  /** What the user should know: tensors that change nothing. */
  warnings: string[];
}

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
      changes.push({ ...change, strength: factors[target] });
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
  const rankOf = (key: string) => file.tensors.get(key)!.shape[0] ?? 1;
  return matches.map((match) => {
    const { target, module, alpha, magnitude } = match;
    const rank = 'down' in match ? rankOf(match.down) : rankOfFactors(match.factors, rankOf);
    const scale = alpha === undefined || rank === undefined ? 1 : alphas.get(alpha)! / rank;
    const amount = { scale, ...(magnitude !== undefined && { magnitude: locate(magnitude) }) };
    return { target, module, change: { ...partsOf(match, locate), ...amount } };
  });
}

/** The rank of the last factor that has one: two whole ones have none, and no scale. */
function rankOfFactors(factors: readonly FactorMatch[], rankOf: (key: string) => number): number | undefined {
  const last = factors.findLast((factor) => 'b' in factor);
  return last && 'b' in last ? rankOf(last.b) : undefined;
}

function partsOf(match: LoraMatch, locate: (name: string) => TensorLocation) {
  if ('down' in match) {
    const { down, up, mid } = match;
    return { down: locate(down), up: locate(up), ...(mid !== undefined && { mid: locate(mid) }) };
  }
  const factor = (own: FactorMatch): Factor => {
    if ('whole' in own) return { whole: locate(own.whole) };
    return { a: locate(own.a), b: locate(own.b), ...(own.core !== undefined && { core: locate(own.core) }) };
  };
  const [first, second] = match.factors;
  return { kind: match.kind, factors: [factor(first), factor(second)] as const };
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
  for (const match of matches) {
    // The others are checked where they are folded.
    if (!('down' in match) || match.mid !== undefined) continue;
    const { target, module, down, up } = match;
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

function describeLeftover(path: string, leftover: readonly string[]): string {
  const more = leftover.length > 1 ? ` and ${leftover.length - 1} more` : '';
  return `The LoRA ${path} has a tensor "${leftover[0]}"${more} that belongs to no part of this checkpoint.`;
}
