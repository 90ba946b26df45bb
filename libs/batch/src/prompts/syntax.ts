/** Marks inside a prompt that are more than text: LoRA tags, weights, and what other programs know and this one not. */
import { fault, show } from '../document/faults.js';

/** A `<lora:NAME:WEIGHT>` of a prompt. */
export interface LoraTag {
  name: string;
  weight: number;
}

const loraTag = /<lora:([^:<>]+)(?::([-+]?(?:\d+\.?\d*|\.\d+)))?>/g;

/** Brackets weigh words, also those that a backslash makes plain; BREAK begins a new stretch of the text encoder. */
const weight = /[()[\]]|\bBREAK\b/;

/** What AUTOMATIC1111, ComfyUI and their extensions read from a prompt and this version does not. */
const unsupported: readonly { pattern: RegExp; what: string }[] = [
  { pattern: /<\w+:[^<>]*>/, what: 'such a tag is not supported, but <lora:NAME:WEIGHT> in a prompt is' },
  { pattern: /(?<!\\)\[[^[\]]*\|[^[\]]*\]/, what: 'alternating words are not supported' },
  { pattern: /(?<!\\)\[[^[\]]*:\s*[\d.]+\s*\]/, what: 'words that change during the run are not supported' },
  { pattern: /\([^()]*:\s*[-+]?(?!(?:\d+\.?\d*|\.\d+)\s*\))[\d.]+\s*\)/, what: 'its weight is not a number' },
  { pattern: /\bAND\b/, what: 'prompts composed with AND are not supported' },
  { pattern: /__[\w/*-]+__/, what: 'wildcards are not supported' },
  {
    pattern: /\bembedding:\S+/,
    what: 'an embedding is listed in `embeddings` and is then a word of the prompt by its name alone',
  },
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
 * Throws `invalid_batch`, at `place`, when a prompt uses syntax that would silently be drawn as words.
 * `loras`: whether LoRA tags may stand there, as in every prompt but negative ones.
 */
export function refuseUnsupportedSyntax(prompt: string, place: () => string, { loras = true } = {}): void {
  const text = loras ? prompt.replaceAll(loraTag, '') : prompt;
  if (!suspicious.test(text)) return;
  for (const { pattern, what } of unsupported) {
    const found = pattern.exec(text)?.[0];
    if (found) throw fault(place(), `contains ${show(found)}: ${what}; with promptSyntax: plain it is text.`);
  }
}
