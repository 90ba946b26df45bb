/** The transitions of the database, as libs/store/src/dispatch makes them. */
import { live, unsettled, type State } from './state.js';

/** A rule that is left out, to see what it is for. */
export type LeftOut = 'accept-revoked' | 'spool-early-delete' | 'no-unique-result' | 'stale-leader-write';

export function lease(state: State, task: number, agent: number, known: boolean): number {
  const attempt = state.attempts.push({ task, agent, state: 'leased', known, made: false, copy: false }) - 1;
  state.tasks[task] = { ...state.tasks[task]!, state: 'held', holder: attempt };
  return attempt;
}

/** A second attempt at a task at which one works; the task stays with that one. */
export function copy(state: State, task: number, agent: number): number {
  return state.attempts.push({ task, agent, state: 'leased', known: true, made: false, copy: true }) - 1;
}

export function started(state: State, attempt: number): void {
  if (state.attempts[attempt]!.state === 'leased') state.attempts[attempt]!.state = 'running';
}

/** The task of an attempt waits again, if that attempt holds it and no other is at it; else the other one has it. */
function giveBack(state: State, attempt: number): void {
  const { task: t } = state.attempts[attempt]!;
  const task = state.tasks[t]!;
  if (task.state !== 'held' || task.holder !== attempt) return;
  const other = state.attempts.findIndex((row, i) => i !== attempt && row.task === t && live(row));
  if (other < 0) task.state = 'pending';
  else task.holder = other;
}

export function lapse(state: State, attempt: number): void {
  state.attempts[attempt]!.state = 'lapsed';
  giveBack(state, attempt);
}

export function revoke(state: State, attempt: number): void {
  if (!unsettled(state.attempts[attempt]!)) return;
  state.attempts[attempt]!.state = 'revoked';
  giveBack(state, attempt);
}

/** A lapsed attempt has its task again, unless that went to somebody else. False: it did. */
export function resume(state: State, attempt: number): boolean {
  const row = state.attempts[attempt]!;
  const task = state.tasks[row.task]!;
  if (row.state !== 'lapsed' || task.state !== 'pending' || task.holder !== attempt) return false;
  row.state = 'running';
  task.state = 'held';
  return true;
}

/** The acceptance rule. Gives the attempts that lost their right by it. */
export function acceptResult(state: State, attempt: number, leftOut: LeftOut | undefined): number[] {
  started(state, attempt);
  const row = state.attempts[attempt]!;
  const task = state.tasks[row.task]!;
  const may = ['running', 'lapsed', ...(leftOut === 'accept-revoked' ? ['revoked'] : [])];
  // Whoever won is told so again.
  if (row.state === 'succeeded' || !may.includes(row.state)) return [];
  if (task.results > 0 && leftOut !== 'no-unique-result') return [];
  if (row.state === 'revoked') state.broken = `the picture of the revoked attempt ${attempt} was taken`;
  row.state = 'succeeded';
  task.state = 'succeeded';
  task.results += 1;
  if (leftOut === 'no-unique-result') return [];
  const others = state.attempts.flatMap((other, i) => (other.task === row.task && unsettled(other) ? [i] : []));
  for (const other of others) state.attempts[other]!.state = 'revoked';
  return others;
}

/** Gives the attempts that lost their right by it. */
export function cancel(state: State): number[] {
  const revoked = state.attempts.flatMap((attempt, i) => (unsettled(attempt) ? [i] : []));
  for (const attempt of revoked) state.attempts[attempt]!.state = 'revoked';
  for (const task of state.tasks) if (task.state !== 'succeeded') task.state = 'cancelled';
  state.cancelled = true;
  return revoked;
}
