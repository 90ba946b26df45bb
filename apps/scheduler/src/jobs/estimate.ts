import type { EstimateView } from '@atelier/contracts';
import type { Pace } from '../farm/pace.js';
import type { NodeDirectory } from '../nodes/directory.js';
import { requireCapableNode } from './feasibility.js';
import type { JobLibrary } from './library.js';

/** What a batch would make and how long it would take on the farm as it is; nothing is stored. */
export async function estimate(
  text: string,
  format: 'yaml' | 'json',
  library: JobLibrary,
  directory: NodeDirectory,
  pace: Pick<Pace, 'costOf'>,
): Promise<EstimateView> {
  const { expansion } = await library.plan(text, format);
  requireCapableNode(expansion, directory);
  const { total: tasks, warnings, classes } = expansion;
  const answer = (seconds: number | null, reason: string) => ({
    tasks,
    renderClasses: classes.length,
    seconds,
    reason,
    warnings,
  });

  const range = { mean: 0, low: 0, high: 0 };
  for (const renderClass of classes) {
    const able = new Set(directory.eligible(renderClass));
    const slots = directory.servingSlots.filter(({ nodeId }) => able.has(nodeId)).length;
    if (slots === 0) return answer(null, 'No slot that could render it serves now.');
    const cost = pace.costOf(renderClass.costKey);
    if (!cost)
      return answer(
        null,
        'No picture of this kind has been made since the scheduler started, so it has no pace to judge by.',
      );
    range.mean += (cost.mean * renderClass.count) / slots;
    range.low += (cost.low * renderClass.count) / slots;
    range.high += (cost.high * renderClass.count) / slots;
  }
  const { mean, low, high } = range;
  return answer(
    mean,
    `Measured on pictures of the same kind; between ${show(low)} and ${show(high)} s with the queue empty.`,
  );
}

const show = (seconds: number) => (seconds < 10 ? seconds.toFixed(1) : String(Math.round(seconds)));
