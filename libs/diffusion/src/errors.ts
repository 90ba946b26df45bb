/**
 * A request or a file asks for something that cannot be done.
 * The message is one sentence for the person who asked: what was wrong, where, and what is allowed.
 */
export class InputError extends Error {
  override readonly name = 'InputError';
}
