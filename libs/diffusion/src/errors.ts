/**
 * A request or a file asks for something that cannot be done.
 * The message is one sentence for the person who asked: what was wrong, where, and what is allowed.
 */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** The longest text and list that an error shows in full. */
const SHOWN = { characters: 100, elements: 8 };

/** A value out of a file as an error shows it: like JSON, but short whatever it is. */
export function show(value: unknown): string {
  if (typeof value === 'string') {
    const short = value.slice(0, SHOWN.characters);
    return JSON.stringify(short) + (short === value ? '' : '…');
  }
  if (Array.isArray(value)) {
    const elements = value.slice(0, SHOWN.elements).map((element) => (Array.isArray(element) ? '[…]' : show(element)));
    return `[${[...elements, ...(value.length > SHOWN.elements ? ['…'] : [])].join(', ')}]`;
  }
  return typeof value === 'object' && value !== null ? '{…}' : String(value);
}
