/** What the farm draws while it is harmed: the tiny SD 1 model of the goldens, real engine, two steps. */
import { join } from 'node:path';
import { root } from '../support/farm.js';

/** ATELIER_MODELS of every process. */
export const modelFolder = join(root, 'tests/goldens/pipelines/sd1');

/** One task a seed, from `firstSeed` on; each picture in a run of its own, so that its pixels depend on nothing else. */
export const batchOf = (name: string, firstSeed: number, count: number, priority = 0) => ({
  kind: 'Batch',
  name,
  model: 'model',
  size: '64x64',
  steps: 2,
  guidance: 1,
  reproducible: true,
  priority,
  prompts: ['a red lighthouse by the sea'],
  matrix: { seed: { from: firstSeed, count } },
});
