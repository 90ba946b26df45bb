/** A word that a tokenizer did not have, with the ids of the vectors that stand for it. */
export interface AddedWord {
  text: string;
  ids: readonly number[];
}

/**
 * Cuts a text into what lies between added words, and the words. They are found in any case, but not inside of another
 * word; of two that begin at the same place the longer one counts.
 */
export function splitAtWords(text: string, words: readonly AddedWord[]): (string | AddedWord)[] {
  if (words.length === 0) return [text];
  const longestFirst = words.toSorted((a, b) => b.text.length - a.text.length);
  const pattern = new RegExp(longestFirst.map(({ text: word }) => `(${wholeWord(word)})`).join('|'), 'giu');
  const parts: (string | AddedWord)[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    parts.push(text.slice(end, match.index), longestFirst[match.slice(1).findIndex((group) => group !== undefined)]!);
    end = match.index + match[0].length;
  }
  return [...parts, text.slice(end)].filter((part) => part !== '');
}

const LETTER = String.raw`[\p{L}\p{N}_]`;

/** A pattern of a word that has no further letters around it, where it ends in one itself. */
function wholeWord(word: string): string {
  const isLetter = (character: string | undefined) => new RegExp(LETTER, 'u').test(character ?? '');
  const characters = [...word];
  const before = isLetter(characters[0]) ? `(?<!${LETTER})` : '';
  const after = isLetter(characters.at(-1)) ? `(?!${LETTER})` : '';
  return before + word.replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`) + after;
}
