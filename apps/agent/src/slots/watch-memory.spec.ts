import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchMemory } from './watch-memory.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('gives the most that was read', async () => {
  const readings = [3e9, 5e9, null, 4e9];
  const stop = watchMemory(async () => readings.shift() ?? null);
  await vi.advanceTimersByTimeAsync(4_000);
  expect(readings).toEqual([]);
  expect(stop()).toBe(5e9);
});

test('gives nothing for a run that was over before the first reading, and of a driver that does not answer', async () => {
  expect(watchMemory(async () => 1e9)()).toBe(0);
  const stop = watchMemory(() => Promise.reject(new Error('no driver')));
  await vi.advanceTimersByTimeAsync(3_000);
  expect(stop()).toBe(0);
});

test('asks a driver that takes its time once', async () => {
  const read = vi.fn(() => new Promise<number>((resolve) => setTimeout(resolve, 2_500, 2e9)));
  const stop = watchMemory(read);
  await vi.advanceTimersByTimeAsync(3_600);
  expect(read).toHaveBeenCalledTimes(1);
  expect(stop()).toBe(2e9);
});
