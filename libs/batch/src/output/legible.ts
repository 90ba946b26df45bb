/** Whether the fields of a name can be told apart again, so that different values make different names. */

export type Piece =
  | { text: string }
  /**
   * `characters`: all that occur in its values. `width`: of the one field, if any, whose values all have that many
   * characters and which alone tells every picture apart.
   */
  | { width?: number; characters: ReadonlySet<string> };

/**
 * True when the name can be read back from one of its ends, down to the field that tells all or else to its other
 * end: every field on the way is followed by text with a character that it never holds itself.
 */
export function legible(pieces: readonly Piece[]): boolean {
  const telling = pieces.findIndex((piece) => 'width' in piece);
  const ways =
    telling < 0 ? [pieces, pieces.toReversed()] : [pieces.slice(0, telling + 1), pieces.slice(telling).reverse()];
  return ways.some(readsOn);
}

function readsOn(pieces: readonly Piece[]): boolean {
  const lastField = pieces.findLastIndex((piece) => 'characters' in piece);
  return pieces.every((piece, i) => {
    if ('text' in piece || i === lastField) return true;
    const next = pieces[i + 1]!;
    return 'text' in next && [...next.text].some((character) => !piece.characters.has(character));
  });
}
