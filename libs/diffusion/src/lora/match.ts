/** Which weights of a LoRA file belong to which modules of a checkpoint. Names only: no tensor is read here. */
import type { UnetLayout } from '../checkpoint/ldm-unet-names.js';
import { spellings, type LoraTarget } from './spellings.js';

/** Names, in the LoRA file, of the tensors that change one module. */
export type LoraMatch = (PairMatch | FactorsMatch) & {
  target: LoraTarget;
  /** Name of our module, without `.weight`. */
  module: string;
};

interface Amount {
  /** Scalar tensor; the scale is alpha / rank. Absent: the scale is 1. */
  alpha?: string;
  /** Lengths that rows or columns are brought to: DoRA. */
  magnitude?: string;
}

/** W' = W + scale · up · down, with what LoCon has between the two. */
export interface PairMatch extends Amount {
  down: string;
  up: string;
  mid?: string;
}

/** A matrix, or two whose product it is, perhaps with the kernel of a convolution. */
export type FactorMatch = { whole: string } | { a: string; b: string; core?: string };

/** W' = W + scale · the product of two factors, entry by entry (LoHa) or block by block (LoKr). */
export interface FactorsMatch extends Amount {
  kind: 'hadamard' | 'kronecker';
  factors: [FactorMatch, FactorMatch];
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

/** What DoRA's lengths are called: by LyCORIS, and by PEFT without and with an adapter's name. */
const MAGNITUDES = [
  '.dora_scale',
  '.lora_magnitude_vector',
  '.lora_magnitude_vector.weight',
  '.lora_magnitude_vector.default.weight',
];

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
    const match = findChange(left, spellings(target, module, layout));
    if (!match) continue;
    for (const key of keysOf(match)) left.delete(key);
    matches.push({ target, module, ...match });
  }
  return { matches, leftover: [...left] };
}

function findChange(keys: ReadonlySet<string>, names: readonly string[]): PairMatch | FactorsMatch | undefined {
  for (const name of names) {
    const found = findPair(keys, name) ?? findFactors(keys, name);
    if (found) return { ...found, ...amountOf(keys, name) };
  }
  return undefined;
}

function findPair(keys: ReadonlySet<string>, name: string): PairMatch | undefined {
  for (const [downSuffix, upSuffix] of pairs) {
    const [down, up, mid] = [name + downSuffix, name + upSuffix, `${name}.lora_mid.weight`];
    if (keys.has(down) && keys.has(up)) return { down, up, ...(keys.has(mid) && { mid }) };
  }
  return undefined;
}

/** LyCORIS numbers factors and their parts: `hada_w1_a`, `lokr_w2`, `lokr_t2`. */
function findFactors(keys: ReadonlySet<string>, name: string): FactorsMatch | undefined {
  for (const [kind, prefix] of [
    ['hadamard', 'hada'],
    ['kronecker', 'lokr'],
  ] as const) {
    const [first, second] = [1, 2].map((number) => factorOf(keys, `${name}.${prefix}`, number));
    if (first && second) return { kind, factors: [first, second] };
  }
  return undefined;
}

function factorOf(keys: ReadonlySet<string>, prefix: string, number: number): FactorMatch | undefined {
  const [whole, core] = [`${prefix}_w${number}`, `${prefix}_t${number}`];
  if (keys.has(whole)) return { whole };
  const [a, b] = [`${whole}_a`, `${whole}_b`];
  return keys.has(a) && keys.has(b) ? { a, b, ...(keys.has(core) && { core }) } : undefined;
}

function amountOf(keys: ReadonlySet<string>, name: string): Amount {
  const alpha = `${name}.alpha`;
  const magnitude = MAGNITUDES.map((suffix) => name + suffix).find((key) => keys.has(key));
  return { ...(keys.has(alpha) && { alpha }), ...(magnitude && { magnitude }) };
}

/** All names of a match. */
function keysOf(match: PairMatch | FactorsMatch): string[] {
  const factor = (own: FactorMatch) => ('whole' in own ? [own.whole] : [own.a, own.b, own.core]);
  const parts = 'down' in match ? [match.down, match.up, match.mid] : match.factors.flatMap(factor);
  return [...parts, match.alpha, match.magnitude].filter((key) => key !== undefined);
}
