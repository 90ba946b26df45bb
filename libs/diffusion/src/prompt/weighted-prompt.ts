import { InputError } from '../errors.js';

/** A stretch of a prompt that has one weight. */
export interface WeightedText {
  text: string;
  /** Factor on the embeddings of its tokens. */
  weight: number;
  /** Whether it begins a new chunk (the word BREAK stands before it). */
  breakBefore: boolean;
}

/** What a bracket without a number multiplies or divides by. */
const BRACKET_WEIGHT = 1.1;

/** Escaped characters, a number that closes a round bracket, single brackets, and text between them. */
const PIECE = /\\[()[\]\\]|:\s*([+-]?[.\d]+)\s*\)|[()[\]]|\\|:|[^\\()[\]:]+/g;

/**
 * AUTOMATIC1111's prompt weights: `(x)` is 1.1 times as strong, `(x:1.4)` 1.4 times, `[x]` divided by 1.1; brackets
 * nest, `\(` is a bracket of the text, and BREAK begins a new chunk. A bracket that is never closed counts to the end.
 * Throws InputError where the prompt uses syntax that is not supported, rather than drawing its letters.
 */
export function parseWeightedPrompt(prompt: string): WeightedText[] {
  refuseUnsupported(prompt);
  const texts: WeightedText[] = [];
  const openRound: number[] = [];
  const openSquare: number[] = [];
  const multiplyFrom = (start: number | undefined, factor: number) => {
    if (start === undefined) return;
    for (const text of texts.slice(start)) text.weight *= factor;
  };
  const append = (text: string) => {
    text.split(/\s*\bBREAK\b\s*/).forEach((part, i) => texts.push({ text: part, weight: 1, breakBefore: i > 0 }));
  };

  for (const [piece, number] of prompt.matchAll(PIECE)) {
    if (piece.startsWith('\\')) append(piece.length > 1 ? piece[1]! : piece);
    else if (piece === '(') openRound.push(texts.length);
    else if (piece === '[') openSquare.push(texts.length);
    else if (number !== undefined && openRound.length > 0) multiplyFrom(openRound.pop(), weightOf(number));
    else if (piece === ')' && openRound.length > 0) multiplyFrom(openRound.pop(), BRACKET_WEIGHT);
    else if (piece === ']' && openSquare.length > 0) multiplyFrom(openSquare.pop(), 1 / BRACKET_WEIGHT);
    else append(piece);
  }
  for (const start of openRound) multiplyFrom(start, BRACKET_WEIGHT);
  for (const start of openSquare) multiplyFrom(start, 1 / BRACKET_WEIGHT);
  return joinEqual(texts);
}

/** Joins neighbours of one weight, so that words are tokenized whole; an empty prompt is one empty text. */
function joinEqual(texts: readonly WeightedText[]): WeightedText[] {
  const joined: WeightedText[] = [];
  for (const text of texts) {
    const last = joined.at(-1);
    if (last && !text.breakBefore && last.weight === text.weight) last.text += text.text;
    else joined.push({ ...text });
  }
  return joined.length > 0 ? joined : [{ text: '', weight: 1, breakBefore: false }];
}

function weightOf(number: string): number {
  const weight = Number(number);
  if (Number.isFinite(weight)) return weight;
  throw new InputError(`The prompt's weight "${number}" is not a number.`);
}

/** Syntax of other programs that changes the picture in ways the engine does not know. */
const UNSUPPORTED: readonly (readonly [RegExp, string])[] = [
  [/\bAND\b/, 'Prompts composed with AND'],
  [/(?<!\\)\[[^[\]]*\|[^[\]]*(?<!\\)\]/, 'Alternating words such as [a|b]'],
  [/(?<!\\)\[[^[\]]*:\s*[\d.]+\s*(?<!\\)\]/, 'Edited words such as [a:b:0.5]'],
  [/<\w+:[^<>]*>/, 'Extra networks such as <hypernet:name>'],
];

function refuseUnsupported(prompt: string): void {
  for (const [pattern, name] of UNSUPPORTED) {
    const found = pattern.exec(prompt)?.[0];
    if (found) throw new InputError(`${name} are not supported; the prompt has "${found}".`);
  }
}
