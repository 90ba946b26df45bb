/** Which weights of a LoRA file belong to which modules of a checkpoint. Names only: no tensor is read here. */
import type { UnetLayout } from '../checkpoint/ldm-unet-names.js';
import { spellings, type LoraTarget } from './spellings.js';

/** Names, in the LoRA file, of the tensors that change one module: W' = W + scale · up · down. */
export interface LoraMatch {
  target: LoraTarget;
  /** Name of our module, without `.weight`. */
  module: string;
  down: string;
  up: string;
  /** Scalar tensor; the scale is alpha / rank. Absent: the scale is 1. */
  alpha?: string;
}

export interface LoraMatches {
  matches: LoraMatch[];
  /** Keys of the file that change nothing we have. */
  leftover: string[];
}

/** Suffixes of the pair: kohya, PEFT, PEFT with an adapter's name, and three of diffusers. */
const pairs = [
  ['.lora_down.weight', '.lora_up.weight'],
  ['.lora_A.weight', '.lora_B.weight'],
  ['.lora_A.default.weight', '.lora_B.default.weight'],
  ['.lora.down.weight', '.lora.up.weight'],
  ['_lora.down.weight', '_lora.up.weight'],
  ['.lora_linear_layer.down.weight', '.lora_linear_layer.up.weight'],
] as const;

/**
 * Matches the keys of a LoRA file with `modules`, by target. Each module takes the first spelling that the file has.
 *
 * @param layout numbering of the UNet's blocks, for files with LDM's names
 */
export function matchLora(
  keys: Iterable<string>,
  modules: Iterable<{ target: LoraTarget; module: string }>,
  layout: UnetLayout,
): LoraMatches {
  const left = new Set(keys);
  const matches: LoraMatch[] = [];
  for (const { target, module } of modules) {
    const match = findPair(left, spellings(target, module, layout));
    if (!match) continue;
    for (const key of [match.down, match.up, match.alpha]) if (key !== undefined) left.delete(key);
    matches.push({ target, module, ...match });
  }
  return { matches, leftover: [...left] };
}

function findPair(keys: ReadonlySet<string>, names: readonly string[]) {
  for (const name of names) {
    for (const [downSuffix, upSuffix] of pairs) {
      const [down, up, alpha] = [name + downSuffix, name + upSuffix, `${name}.alpha`];
      if (keys.has(down) && keys.has(up)) return { down, up, ...(keys.has(alpha) ? { alpha } : {}) };
    }
  }
  return null;
}
