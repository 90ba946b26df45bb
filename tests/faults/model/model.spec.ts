/** Every state of the lease protocol within bounds, and what each of its rules is for. */
import { describe, expect, it } from 'vitest';
import { searchEventLog } from './event-log.js';
import { search } from './search.js';
import type { Bounds } from './state.js';

/** Minutes: `ATELIER_MODEL=large npx vitest run --project e2e tests/faults/model`. */
const large: Bounds[] = [
  { agents: 2, tasks: 1, attempts: 3, misfortunes: 2 },
  { agents: 2, tasks: 2, attempts: 3, misfortunes: 1 },
  { agents: 2, tasks: 1, attempts: 2, misfortunes: 2, copies: true },
  { agents: 3, tasks: 1, attempts: 3, misfortunes: 1, copies: true },
];
const small: Bounds[] = [
  { agents: 2, tasks: 1, attempts: 2, misfortunes: 3 },
  { agents: 3, tasks: 1, attempts: 3, misfortunes: 1 },
  { agents: 2, tasks: 2, attempts: 2, misfortunes: 1 },
  { agents: 3, tasks: 2, attempts: 3, misfortunes: 0 },
  { agents: 2, tasks: 1, attempts: 2, misfortunes: 1, copies: true },
];

describe('the lease protocol', () => {
  it.each(process.env.ATELIER_MODEL === 'large' ? large : small)(
    'keeps its promises: $agents agents, $tasks tasks, $attempts attempts, $misfortunes misfortunes',
    (bounds) => {
      const { states, transitions, counterexample } = search(bounds);
      console.log(`${JSON.stringify(bounds)}: ${states} states, ${transitions} transitions`);
      expect(counterexample).toBeNull();
      expect(states).toBeGreaterThan(1000);
    },
    900_000,
  );

  it.each([
    ['accept-revoked', 'the picture of the revoked attempt 0 was taken'],
    ['spool-early-delete', 'the picture of attempt 0 left the spool before anybody decided on it'],
    ['no-unique-result', 'task 0 has 2 results'],
    ['stale-leader-write', 'from here no way leads to an end of all tasks'],
  ] as const)('breaks without the rule against %s', (leftOut, wrong) => {
    const { counterexample } = search({ agents: 2, tasks: 1, attempts: 2, misfortunes: 1 }, leftOut);
    console.log(`${leftOut}:\n  ${counterexample?.join('\n  ')}`);
    expect(counterexample?.at(-1)).toBe(`WRONG: ${wrong}`);
  });
});

describe('the numbers of the event log', () => {
  it('let no reader miss an event when they come from the counter row', () => {
    const { states, counterexample } = searchEventLog(5, 'counter row');
    console.log(`5 writers: ${states} states`);
    expect(counterexample).toBeNull();
  });

  it('do not when they come from a sequence', () => {
    const { counterexample } = searchEventLog(2, 'sequence');
    console.log(`sequence:\n  ${counterexample?.join('\n  ')}`);
    expect(counterexample?.at(-1)).toMatch(/^WRONG: event 1 becomes visible behind the reader/);
  });
});
