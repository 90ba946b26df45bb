/** Whether the fields of a name can be told apart again, so that different values make different names. */

export type Piece =
  | { text: string }
  /** `width`: characters, where all values have as many. `characters`: all that occur in its values. */
  | { width?: number; characters: ReadonlySet<string> };

/**
 * True when a name can be read back from one of its ends: there every field but the last either has a fixed width or
 * is followed by text with a character that it never holds itself.
 */
export const legible = (pieces: readonly Piece[]): boolean => readsOn(pieces) || readsOn([...pieces].reverse());

function readsOn(pieces: readonly Piece[]): boolean {
  const lastField = pieces.findLastIndex((piece) => 'characters' in piece);
  return pieces.every((piece, i) => {
    if ('text' in piece || piece.width !== undefined || i === lastField) return true;
    const next = pieces[i + 1]!;
    return 'text' in next && [...next.text].some((character) => !piece.characters.has(character));
  });
}
