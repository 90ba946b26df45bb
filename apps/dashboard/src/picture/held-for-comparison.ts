/** The first of two pictures that shall be compared, until the second is named. */
import { t } from '../texts/texts.js';
import { notify } from '../ui/notices.js';

let held: string | null = null;

export const heldForComparison = (): string | null => held;

/** `place` as `JOB:INDEX`; null lets go of it. */
export function holdForComparison(place: string | null): void {
  held = place;
  if (place !== null) notify({ tone: 'still', text: t.picture.heldForComparison });
}
