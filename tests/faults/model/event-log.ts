/**
 * How events get their numbers, as a machine: writers in transactions, and a reader of `seq > n`. Numbers from a counter
 * row, taken as the last statement, become visible in their own order; numbers from a sequence do not.
 */
export interface LogSearch {
  states: number;
  /** The steps to a state in which the reader has passed an event that it did not get; null: there is none. */
  counterexample: string[] | null;
}

interface State {
  /** The last number given out. */
  counter: number;
  /** Holds the counter's row until it commits. */
  lockedBy: number;
  writers: { number: number; done: boolean }[];
  /** What the reader got last. */
  read: number;
}

export function searchEventLog(writers: number, numbersFrom: 'counter row' | 'sequence'): LogSearch {
  const first: State = {
    counter: 0,
    lockedBy: -1,
    writers: Array.from({ length: writers }, () => ({ number: 0, done: false })),
    read: 0,
  };
  const seen = new Set([JSON.stringify(first)]);
  const waves: { state: State; trace: string[] }[] = [{ state: first, trace: [] }];
  for (const { state, trace } of waves) {
    for (const { label, next } of stepsFrom(state, numbersFrom === 'counter row')) {
      const key = JSON.stringify(next);
      if (seen.has(key)) continue;
      seen.add(key);
      const passed = next.writers.find(({ number, done }) => number > 0 && !done && number < next.read);
      if (passed) {
        const wrong = `WRONG: event ${passed.number} becomes visible behind the reader, who is at ${next.read}`;
        return { states: seen.size, counterexample: [...trace, label, wrong] };
      }
      waves.push({ state: next, trace: [...trace, label] });
    }
  }
  return { states: seen.size, counterexample: null };
}

function stepsFrom(state: State, locks: boolean): { label: string; next: State }[] {
  const steps: { label: string; next: State }[] = [];
  const step = (label: string, change: (next: State) => void) => {
    const next = { ...state, writers: state.writers.map((writer) => ({ ...writer })) };
    change(next);
    steps.push({ label, next });
  };
  state.writers.forEach(({ number, done }, i) => {
    if (done) return;
    if (number === 0 && (!locks || state.lockedBy < 0))
      step(`writer ${i} takes number ${state.counter + 1}`, (next) => {
        next.counter += 1;
        next.writers[i]!.number = next.counter;
        if (locks) next.lockedBy = i;
      });
    if (number > 0)
      step(`writer ${i} commits event ${number}`, (next) => {
        next.writers[i]!.done = true;
        if (next.lockedBy === i) next.lockedBy = -1;
      });
  });
  const visible = state.writers.filter(({ done, number }) => done && number > state.read).map(({ number }) => number);
  if (visible.length > 0)
    step(`the reader gets ${visible.sort().join(', ')}`, (next) => void (next.read = Math.max(...visible)));
  return steps;
}
