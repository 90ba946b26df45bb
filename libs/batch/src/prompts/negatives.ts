/** Every negative prompt of a batch, wherever it stands. */
import type { Batch } from '../schema/batch.js';
import type { PromptSource } from './entries.js';
import { hasWeights, refuseUnsupportedSyntax } from './syntax.js';

export interface Negatives {
  /** Whether there is one that is not empty. */
  any: boolean;
  /** Whether one needs an engine that knows weights. */
  weighted: boolean;
}

/** Looks all negative prompts over. Throws `invalid_batch` for syntax that is not supported in one. */
export function lookOverNegatives(batch: Batch, prompts: PromptSource): Negatives {
  const plain = batch.promptSyntax === 'plain';
  const negatives = { any: false, weighted: false };
  const look = (text: string | undefined, place: () => string) => {
    if (!text) return;
    negatives.any = true;
    if (plain) return;
    refuseUnsupportedSyntax(text, place, { loras: false });
    negatives.weighted ||= hasWeights(text);
  };
  look(batch.negative, () => 'negative');
  batch.matrix?.negative?.forEach((text, i) => look(text, () => `matrix.negative[${i}]`));
  batch.matrix?.include?.forEach(({ negative }, i) => look(negative, () => `matrix.include[${i}].negative`));
  prompts.entries.forEach(({ columns }, i) =>
    look(columns.negative, () => `the negative prompt beside ${prompts.placeOf(i)}`),
  );
  return negatives;
}
