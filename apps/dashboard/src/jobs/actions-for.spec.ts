import { expect, it } from 'vitest';
import { job } from '../../tests/views.js';
import { actionsFor } from './actions-for.js';

const counts = (dead: number, cancelled: number) => ({ ...job().counts, dead, cancelled });

it.each([
  ['queued', counts(0, 0), ['pause', 'cancel']],
  ['running', counts(0, 0), ['pause', 'cancel']],
  ['running', counts(1, 0), ['pause', 'retry', 'cancel']],
  ['paused', counts(0, 0), ['resume', 'cancel']],
  ['cancelling', counts(1, 4), []],
  ['cancelled', counts(0, 4), ['retry']],
  ['failed', counts(2, 0), ['retry']],
  ['completed', counts(0, 0), []],
] as const)('a %s job offers what its state allows', (state, of, actions) =>
  expect(actionsFor({ state, counts: of })).toEqual(actions),
);
