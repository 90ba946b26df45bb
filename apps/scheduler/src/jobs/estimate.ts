import type { RenderClass } from '@atelier/batch';
import type { EstimateView } from '@atelier/contracts';
import { estimateMakespan } from '@atelier/scheduling';
import type { NodeDirectory } from '../nodes/directory.js';
import type { Predictions } from '../predictions/predictions.js';
import type { EnergyMeter } from '../farm/energy-meter.js';
import type { Feasibility } from './feasibility.js';
import type { JobLibrary } from './library.js';
import { checkInteractive, requirementsOf } from './traits.js';

/** What a batch would make and how long it would take on the farm as it is; nothing is stored. */
export async function estimate(
  text: string,
  format: 'yaml' | 'json',
  library: JobLibrary,
  feasibility: Feasibility,
  directory: NodeDirectory,
  predictions: Pick<Predictions, 'of'>,
  energy: Pick<EnergyMeter, 'wattsOf'>,
): Promise<EstimateView> {
  const { batch, expansion } = await library.plan(text, format);
  const requires = requirementsOf(batch);
  checkInteractive(batch, expansion.total);
  await feasibility.require(expansion, requires);
  const { total: tasks, warnings, classes } = expansion;
  const known = { tasks, renderClasses: classes.length, warnings };
  const without = (reason: string) => ({ ...known, seconds: null, range: null, wattHours: null, reason });

  const slots = directory.servingSlots.map(({ nodeId, slot }) => ({
    nodeId,
    watts: energy.wattsOf(nodeId, slot.slotId),
    type: directory.slotType(nodeId, slot.slotId),
    vramBytes: directory.memoryOf(nodeId, slot.slotId),
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
    const fetching = new Set([...able].filter((nodeId) => directory.lacks(nodeId, renderClass)));
    work.push({ ...lotOf(renderClass), costs, able, fetching });
  }
  if (bases.has('nothing') && !bases.has('measured') && !bases.has('neighbours'))
    return without('No picture was made on such slots yet, so nothing is known of their speed.');

  const seconds = estimateMakespan(slots, work);
  if (seconds === null) return without('No slot that could render it serves now.');
  const off = Math.min(0.9, 0.05 + spread / Math.sqrt(Math.max(1, tasks / slots.length)));
  const range = { low: seconds * (1 - off), high: seconds * (1 + off) };
  const onWhat = bases.size === 1 && bases.has('measured') ? 'pictures of the same kind' : 'similar pictures';
  const reason = `Measured on ${onWhat}; between ${show(range.low)} and ${show(range.high)} s with the queue empty.`;
  return { ...known, seconds, range, wattHours: wattHoursOf(seconds, slots), reason };
}

const lotOf = ({ count, residencyKey, reproducible }: RenderClass) => ({ count, residencyKey, reproducible });

/** Slots that share the work end it together: each works all the time. Null while one has not told its watts. */
function wattHoursOf(seconds: number, slots: readonly { watts: number | null }[]): number | null {
  const watts = slots.map((slot) => slot.watts).filter((told) => told !== null);
  return watts.length < slots.length ? null : (seconds * watts.reduce((sum, some) => sum + some, 0)) / 3600;
}

const show = (seconds: number) => (seconds < 10 ? seconds.toFixed(1) : String(Math.round(seconds)));
