/** Visits every state that can be reached, and looks for one that breaks a promise. */
import type { LeftOut } from './database.js';
import { initialState, keyOf, live, unsettled, type Bounds, type State } from './state.js';
import { stepsFrom } from './steps.js';

export interface Search {
  states: number;
  transitions: number;
  /** The shortest way to a broken promise: its steps, then what is wrong. Null: every promise holds. */
  counterexample: string[] | null;
}

/** What is wrong with a state, in a sentence; empty when nothing is. */
function wrong(state: State): string {
  if (state.broken) return state.broken;
  for (const [t, task] of state.tasks.entries()) {
    if (task.results > 1) return `task ${t} has ${task.results} results`;
    const workers = state.attempts.filter((attempt) => attempt.task === t && live(attempt));
    const second = workers.slice(1);
    if (second.length > 1 || second.some(({ copy }) => !copy)) return `task ${t} is leased twice`;
  }
  const lost = state.attempts.findIndex(
    (attempt, i) => attempt.made && unsettled(attempt) && state.agents[attempt.agent]!.holds[i] !== 'spooled',
  );
  return lost < 0 ? '' : `the picture of attempt ${lost} left the spool before anybody decided on it`;
}

/** Every task has ended, or no more attempts are looked at. */
const ended = (state: State, { attempts }: Bounds) =>
  state.tasks.every((task) => task.state === 'succeeded' || task.state === 'cancelled') ||
  (state.attempts.length >= attempts && state.tasks.some((task) => task.state === 'pending'));

/**
 * Breadth first from the beginning. Safety: `wrong` of every state. Progress: from every state there is a way on which
 * all tasks end, so that none is ever lost for good.
 */
export function search(bounds: Bounds, leftOut?: LeftOut): Search {
  const ids = new Map<string, number>();
  const cameFrom: number[] = [];
  const label: string[] = [];
  const before: number[][] = [];
  const good: number[] = [];
  let transitions = 0;

  const traceTo = (id: number, end: string) => {
    const trace = [end];
    for (let at = id; at > 0; at = cameFrom[at]!) trace.unshift(label[at]!);
    return trace;
  };
  const enter = (state: State, from: number, how: string): { id: number; isNew: boolean } => {
    const key = keyOf(state);
    const known = ids.get(key);
    if (known !== undefined) return { id: known, isNew: false };
    const id = ids.size;
    ids.set(key, id);
    cameFrom.push(from);
    label.push(how);
    before.push([]);
    if (ended(state, bounds)) good.push(id);
    return { id, isNew: true };
  };

  const first = initialState(bounds);
  let wave: { id: number; state: State }[] = [{ id: enter(first, 0, '').id, state: first }];
  while (wave.length > 0) {
    const nextWave: typeof wave = [];
    for (const { id, state } of wave) {
      for (const { label: how, next } of stepsFrom(state, bounds, leftOut)) {
        transitions++;
        const entered = enter(next, id, how);
        // Somebody who cancels the job is no way out.
        if (next.cancelled === state.cancelled) before[entered.id]!.push(id);
        if (!entered.isNew) continue;
        const fault = wrong(next);
        if (fault) return { states: ids.size, transitions, counterexample: traceTo(entered.id, `WRONG: ${fault}`) };
        nextWave.push({ id: entered.id, state: next });
      }
    }
    wave = nextWave;
  }

  const reaches = new Uint8Array(ids.size);
  for (const id of good) reaches[id] = 1;
  for (let id = good.pop(); id !== undefined; id = good.pop())
    for (const from of before[id]!) {
      if (reaches[from]) continue;
      reaches[from] = 1;
      good.push(from);
    }
  const stuck = reaches.indexOf(0);
  const counterexample = stuck < 0 ? null : traceTo(stuck, 'WRONG: from here no way leads to an end of all tasks');
  return { states: ids.size, transitions, counterexample };
}
