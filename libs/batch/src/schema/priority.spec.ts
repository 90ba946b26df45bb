import { expect, it } from 'vitest';
import { priorityOf } from './priority.js';

it('orders the named priorities around 0 and takes numbers as they are', () => {
  expect([priorityOf({ priority: 'low' }), priorityOf({}), priorityOf({ priority: 'high' })]).toEqual([-100, 0, 100]);
  expect(priorityOf({ priority: 5 })).toBe(5);
});
