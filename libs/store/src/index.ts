/** What the farm remembers, over an embedded database or a PostgreSQL server: one code path, two sizes. */
export type * from './artifacts/types.js';
export type * from './authority/types.js';
export type { PageRequest } from './database/pages.js';
export type * from './dispatch/types.js';
export type * from './events/types.js';
export type * from './gallery/types.js';
export type * from './idempotency/types.js';
export type * from './insight/types.js';
export type * from './jobs/types.js';
export type * from './leadership/types.js';
export type * from './models/types.js';
export type * from './nodes/types.js';
export type * from './results/types.js';
export type * from './store.js';
export type * from './tasks/types.js';
export type * from './tokens/types.js';
export { newId } from './id.js';
export { openStore } from './open-store.js';
