import type { ModelView } from '@atelier/contracts/rest';

/** A batch to begin with, of a checkpoint that this farm has. */
export function exampleBatch(models: readonly ModelView[]): string {
  const checkpoint = models.find(({ kind }) => kind === 'checkpoint');
  return `kind: Batch
name: harbour
model: ${checkpoint?.name ?? 'name-of-a-checkpoint'}
sampler: euler
steps: 20
guidance: 7.5
prompts:
  - a red lighthouse by the sea at {dawn|sunset|night}
negative: blurry
matrix:
  seed: { from: 1, count: 4 }
`;
}
