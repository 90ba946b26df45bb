import type { Prefetch } from '@atelier/scheduling';
import type { DispatchState } from './state.js';
import { nodeIdOf } from './types.js';

/** Tells the node of a slot to read what the slot loads next. An agent that does not know of it does not. */
export function prefetch(state: DispatchState, { slotId: slotKey, residencyKey }: Prefetch): void {
  for (const { expansion } of state.jobs.values()) {
    const found = expansion.classes.find((renderClass) => renderClass.residencyKey === residencyKey);
    if (!found) continue;
    const models = found.models.map(({ name, sha256 }) => ({ name, sha256 }));
    return state.send(nodeIdOf(slotKey), { $case: 'prefetch', value: { models, residencyKey } });
  }
}
