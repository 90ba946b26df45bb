/** Whether an operator's limit keeps a slot from beginning something. Pure. */
import type { NodeLimits } from '@atelier/contracts';
import type { SlotHoldRule } from '@atelier/scheduling';

/** Degrees below its limit at which a slot that was too hot begins again. */
export const coolingCelsius = 5;

/** @param held the rule that holds the slot until now @param celsius its reading; 0 or undefined where none is known */
export function holdOf(
  { paused, hours, maximumCelsius }: NodeLimits,
  held: SlotHoldRule | null,
  celsius: number | undefined,
  now: Date,
): SlotHoldRule | null {
  if (paused) return 'node-paused';
  if (hours !== null && !isWithin(hours, now)) return 'hours';
  if (maximumCelsius === null || !celsius) return null;
  const limit = held === 'temperature' ? maximumCelsius - coolingCelsius : maximumCelsius;
  return celsius > limit ? 'temperature' : null;
}

/** Whether a time of day lies in `HH:MM-HH:MM`, over midnight where it ends before it begins; equal ends are all day. */
function isWithin(hours: string, now: Date): boolean {
  const [from = 0, to = 0] = hours.split('-').map((time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3)));
  const minute = now.getHours() * 60 + now.getMinutes();
  return from < to ? from <= minute && minute < to : minute >= from || minute < to;
}
