import type { RenderClass } from '@atelier/batch';
import type { EstimateView } from '@atelier/contracts';
import { estimateMakespan } from '@atelier/scheduling';
import type { NodeDirectory } from '../nodes/directory.js';
import type { Predictions } from '../predictions/predictions.js';
import { requireCapableNode } from './feasibility.js';
import type { JobLibrary } from './library.js';
import { checkInteractive, requirementsOf } from './traits.js';

/** What a batch would make and how long it would take on the farm as it is; nothing is stored. */
export async function estimate(
  text: string,
  format: 'yaml' | 'json',
  library: JobLibrary,
  directory: NodeDirectory,
  predictions: Pick<Predictions, 'of'>,
): Promise<EstimateView> {
  const { batch, expansion } = await library.plan(text, format);
  const requires = requirementsOf(batch);
  checkInteractive(batch, expansion.total);
  requireCapableNode(expansion, requires, directory);
  const { total: tasks, warnings, classes } = expansion;
  const known = { tasks, renderClasses: classes.length, warnings };
  const without = (reason: string) => ({ ...known, seconds: null, range: null, reason });

  const slots = directory.servingSlots.map(({ nodeId, slot }) => ({
    nodeId,
    type: directory.slotType(nodeId, slot.slotId),
  }));
  const types = [...new Set(slots.map(({ type }) => type))];
  const bases = new Set<string>();
  let spread = 0;
  const work = [];
  for (const renderClass of classes) {
    const able = new Set(directory.eligible(renderClass, requires));
    if (!slots.some(({ nodeId }) => able.has(nodeId))) return without('No slot that could render it serves now.');
    const costs = new Map(
      types.map((type) => {
        const prediction = predictions.of(renderClass, type);
        bases.add(prediction.basis);
        spread = Math.max(spread, prediction.spread);
        return [type, prediction.cost];
      }),
    );
    work.push({ ...lotOf(renderClass), costs, able });
  }
  if (bases.has('nothing') && !bases.has('measured') && !bases.has('neighbours'))
    return without('No picture was made on such slots yet, so nothing is known of their speed.');

  const seconds = estimateMakespan(slots, work);
  if (seconds === null) return without('No slot that could render it serves now.');
  const off = Math.min(0.9, 0.05 + spread / Math.sqrt(Math.max(1, tasks / slots.length)));
  const range = { low: seconds * (1 - off), high: seconds * (1 + off) };
  const onWhat = bases.size === 1 && bases.has('measured') ? 'pictures of the same kind' : 'similar pictures';
  const reason = `Measured on ${onWhat}; between ${show(range.low)} and ${show(range.high)} s with the queue empty.`;
  return { ...known, seconds, range, reason };
}

const lotOf = ({ count, residencyKey }: RenderClass) => ({ count, residencyKey });

const show = (seconds: number) => (seconds < 10 ? seconds.toFixed(1) : String(Math.round(seconds)));
