/** Marks inside a prompt that are more than text: LoRA tags, weights, and what other programs know and this one not. */
import { fault, show } from '../document/faults.js';

/** A `<lora:NAME:WEIGHT>` of a prompt. */
export interface LoraTag {
  name: string;
  weight: number;
}

const loraTag = /<lora:([^:<>]+)(?::([-+]?(?:\d+\.?\d*|\.\d+)))?>/g;

/** `(text:1.2)`, and the backslashes that make brackets plain. */
const weight = /\([^()]*:\s*[-+]?(?:\d+\.?\d*|\.\d+)\s*\)|\\[()[\]]/;

/** What AUTOMATIC1111, ComfyUI and their extensions read from a prompt and this version does not. */
const unsupported: readonly { pattern: RegExp; what: string }[] = [
  { pattern: /<[A-Za-z]+:[^<>]*>/, what: 'such a tag is not supported, but <lora:NAME:WEIGHT> in a prompt is' },
  {
    pattern: /(?<!\\)\[[^\]]*\]/,
    what: 'square brackets (less weight, prompt editing) are not supported; write (text:0.9)',
  },
  { pattern: /(?<!\\)\(\s*\(/, what: 'double parentheses are not supported; write (text:1.2)' },
  { pattern: /\bAND\b/, what: 'the composition AND is not supported' },
  { pattern: /\bBREAK\b/, what: 'BREAK is not supported' },
  { pattern: /__[\w/*-]+__/, what: 'wildcards are not supported' },
  { pattern: /\bembedding:\S+/, what: 'embeddings are not supported' },
];

/** One pass tells the many prompts apart that use none of it. */
const suspicious = new RegExp(unsupported.map(({ pattern }) => pattern.source).join('|'));

/** Takes the LoRA tags out of a prompt. */
export function separateLoras(prompt: string): { text: string; loras: LoraTag[] } {
  if (!prompt.includes('<lora:')) return { text: prompt, loras: [] };
  const loras = [...prompt.matchAll(loraTag)].map(([, name, weight]) => ({
    name: name!.trim(),
    weight: weight === undefined ? 1 : Number(weight),
  }));
  return { text: prompt.replaceAll(loraTag, '').trim(), loras };
}

/** Whether a prompt needs an engine that knows weights. */
export const hasWeights = (text: string): boolean => weight.test(text);

/**
 * Throws `invalid_batch` when a prompt uses syntax that would silently be drawn as words.
 * `loras`: whether LoRA tags may stand there, as in every prompt but negative ones.
 */
export function refuseUnsupportedSyntax(prompt: string, where: string, { loras = true } = {}): void {
  const text = loras ? prompt.replaceAll(loraTag, '') : prompt;
  if (!suspicious.test(text)) return;
  for (const { pattern, what } of unsupported) {
    const found = pattern.exec(text)?.[0];
    if (found) throw fault(where, `contains ${show(found)}: ${what}; with promptSyntax: plain it is text.`);
  }
}
