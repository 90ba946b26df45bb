/** Farms that are broken on purpose, each in one rule: the checker has to name it. */
import type { Rule } from './checker/violation.js';
import type { Patch } from './patch/patch.js';

export interface Variant {
  name: string;
  /** What the checker must say. */
  rule: Rule;
  patches: Patch[];
  /** What the database itself would refuse, taken out. */
  statements: string[];
}

export const variants: readonly Variant[] = [];
