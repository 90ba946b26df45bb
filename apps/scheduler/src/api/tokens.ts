/** Names under which Nest injects what is no class. */
export const STORE = Symbol('Store');
export const METRICS = Symbol('Registry');
