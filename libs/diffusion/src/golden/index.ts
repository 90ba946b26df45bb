// What compares this engine with the reference, runtime included: exported as `@atelier/diffusion/golden`.
export type { GoldenRow } from './format.js';
export { runGoldens, type GoldenOptions } from './run.js';
