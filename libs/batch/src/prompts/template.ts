/** Prompts that enumerate: `a {red|blue} house at {dawn|night}` are four prompts, the last choice the fastest. */
import { fault, show } from '../document/faults.js';

/** Fixed text, or the texts to choose from. */
type Part = string | readonly string[];

export interface Template {
  parts: readonly Part[];
  /** Number of prompts that it stands for. */
  count: number;
}

/** A prompt without choices, every character as it is. */
export const literal = (text: string): Template => ({ parts: [text], count: 1 });

/**
 * Reads `{a|b}`; `\{`, `\}` and `\|` are those characters themselves.
 * Throws `invalid_batch` at `where` for nested or loose braces and for braces around a single text.
 */
export function parseTemplate(text: string, where: string): Template {
  const parts: Part[] = [];
  let fixed = '';
  let choice: string[] | undefined;
  for (const [token] of text.matchAll(/\\[{}|]|[{}|]|[^\\{}|]+|\\/g)) {
    if (token === '{') {
      if (choice) throw fault(where, `has a brace inside braces: ${show(text)}; write \\{ for the character itself.`);
      parts.push(fixed);
      choice = [''];
    } else if (token === '}') {
      if (!choice) throw fault(where, `has a } without its {: ${show(text)}; write \\} for the character itself.`);
      if (choice.length < 2) {
        throw fault(
          where,
          `has braces around a single text: ${show(text)}; write {a|b} to choose, \\{ for the character itself.`,
        );
      }
      parts.push(choice);
      choice = undefined;
      fixed = '';
    } else if (token === '|' && choice) {
      choice.push('');
    } else {
      const characters = /^\\[{}|]$/.test(token) ? token.slice(1) : token;
      if (choice) choice[choice.length - 1] += characters;
      else fixed += characters;
    }
  }
  if (choice) throw fault(where, `has a { without its }: ${show(text)}; write \\{ for the character itself.`);
  parts.push(fixed);
  return { parts, count: choicesOf(parts).reduce((product, { length }) => product * length, 1) };
}

/** The lists of texts to choose from, in order. */
export const choicesOf = (parts: readonly Part[]) => parts.filter((part) => typeof part !== 'string');

/** The prompt with the given position in each choice. */
export function textAt({ parts }: Template, positions: readonly number[]): string {
  let next = 0;
  return parts.map((part) => (typeof part === 'string' ? part : part[positions[next++]!]!)).join('');
}

/** Positions in each choice of prompt number `index`. */
export function positionsAt({ parts }: Template, index: number): number[] {
  const sizes = choicesOf(parts).map(({ length }) => length);
  const positions = new Array<number>(sizes.length);
  for (let i = sizes.length - 1; i >= 0; i--) {
    positions[i] = index % sizes[i]!;
    index = Math.floor(index / sizes[i]!);
  }
  return positions;
}

/** The inverse of `positionsAt`. */
export function indexAt({ parts }: Template, positions: readonly number[]): number {
  return choicesOf(parts).reduce((index, { length }, i) => index * length + positions[i]!, 0);
}
