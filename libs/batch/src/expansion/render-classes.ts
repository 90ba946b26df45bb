/** The tasks of a job by their keys, each class addressable by arithmetic. */
import type { agentProto } from '@atelier/contracts';
import { maximumClasses, maximumGroups, tooManyClasses } from '../limits.js';
import type { CombinationGroup } from '../matrix/combinations.js';
import type { PromptGroup } from '../prompts/groups.js';
import { renderKeys } from './keys.js';
import { modelsOf } from './request-parts.js';
import type { RenderClass } from './types.js';

/** Prompts of one group with the combinations that give them the same keys. */
interface Segment {
  prompts: PromptGroup;
  combinations: CombinationGroup[];
}

/**
 * The classes in order of their first task. Within a class tasks follow each other by prompt, then by combination.
 *
 * @param combinationCount combinations per prompt
 * @param requestAt the request of a task
 */
export function renderClasses(
  prompts: readonly PromptGroup[],
  combinations: readonly CombinationGroup[],
  combinationCount: number,
  requestAt: (index: number) => agentProto.RenderRequest,
): RenderClass[] {
  if (prompts.length * combinations.length > maximumGroups) throw tooManyClasses();
  const byKey = new Map<string, { sample: agentProto.RenderRequest; segments: Segment[] }>();
  for (const promptGroup of prompts) {
    for (const combinationGroup of combinations) {
      const sample = requestAt(promptGroup.numbers.at(0) * combinationCount + combinationGroup.rankOf(0));
      const { batchKey } = renderKeys(sample);
      let found = byKey.get(batchKey);
      if (!found) {
        if (byKey.size === maximumClasses) throw tooManyClasses();
        byKey.set(batchKey, (found = { sample, segments: [] }));
      }
      const last = found.segments.at(-1);
      if (last?.prompts === promptGroup) last.combinations.push(combinationGroup);
      else found.segments.push({ prompts: promptGroup, combinations: [combinationGroup] });
    }
  }
  return [...byKey.values()]
    .map(({ sample, segments }) => ({ sample, ...addressing(segments, combinationCount) }))
    .sort((a, b) => a.at(0) - b.at(0))
    .map(({ sample, count, at }, id) => ({
      id,
      ...renderKeys(sample),
      count,
      models: modelsOf(sample),
      features: sample.requiredFeatures,
      reproducible: sample.reproducible,
      at,
    }));
}

function addressing(segments: readonly Segment[], combinationCount: number) {
  let count = 0;
  const starts = segments.map(({ prompts, combinations }) => {
    const before = count;
    const perPrompt = combinations.reduce((sum, group) => sum + group.count, 0);
    count += prompts.numbers.count * perPrompt;
    return { before, perPrompt };
  });
  const at = (ordinal: number): number => {
    const segment = starts.findLastIndex(({ before }) => before <= ordinal);
    const { before, perPrompt } = starts[segment]!;
    const { prompts, combinations } = segments[segment]!;
    const prompt = prompts.numbers.at(Math.floor((ordinal - before) / perPrompt));
    let rest = (ordinal - before) % perPrompt;
    for (const group of combinations) {
      if (rest < group.count) return prompt * combinationCount + group.rankOf(rest);
      rest -= group.count;
    }
    throw new RangeError(`A class of ${count} tasks has no number ${ordinal}`);
  };
  return { count, at };
}
