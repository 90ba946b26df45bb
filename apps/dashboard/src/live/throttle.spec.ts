import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { throttleByKey } from './throttle.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('acts at once, then once per interval, and never forgets the last call', () => {
  const action = vi.fn();
  const throttled = throttleByKey(1000, action);
  for (let i = 0; i < 50; i += 1) throttled.call('a');
  expect(action).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1000);
  expect(action).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(5000);
  expect(action).toHaveBeenCalledTimes(2);
});

it('holds each key apart', () => {
  const action = vi.fn();
  const throttled = throttleByKey(1000, action);
  throttled.call('a');
  throttled.call('b');
  throttled.call('b');
  expect(action.mock.calls.flat()).toEqual(['a', 'b']);
});
