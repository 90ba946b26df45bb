/** Every negative prompt of a batch, wherever it stands. */
import type { Batch } from '../schema/batch.js';
import type { PromptEntry } from './entries.js';
import { hasWeights, refuseUnsupportedSyntax } from './syntax.js';

export interface Negatives {
  /** Whether there is one that is not empty. */
  any: boolean;
  /** Whether one needs an engine that knows weights. */
  weighted: boolean;
}

/** Looks all negative prompts over. Throws `invalid_batch` for syntax that is not supported in one. */
export function lookOverNegatives(batch: Batch, entries: readonly PromptEntry[]): Negatives {
  const found: [text: string | undefined, where: string][] = [
    [batch.negative, 'negative'],
    ...(batch.matrix?.negative ?? []).map((text, i): [string, string] => [text, `matrix.negative[${i}]`]),
    ...(batch.matrix?.include ?? []).map(({ negative }, i): [string | undefined, string] => [
      negative,
      `matrix.include[${i}].negative`,
    ]),
    ...entries.map(({ columns, where }): [string | undefined, string] => [columns.negative, `${where} its negative`]),
  ];
  const plain = batch.promptSyntax === 'plain';
  let [any, weighted] = [false, false];
  for (const [text, where] of found) {
    if (!text) continue;
    any = true;
    if (plain) continue;
    refuseUnsupportedSyntax(text, where, { loras: false });
    weighted ||= hasWeights(text);
  }
  return { any, weighted };
}
