import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LeaseClock } from './lease-clock.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function clock() {
  const silent: string[] = [];
  return { silent, leases: new LeaseClock(1000, (nodeId) => silent.push(nodeId)) };
}

test('a node that is heard of keeps its leases', () => {
  const { silent, leases } = clock();
  leases.heard('a');
  for (let i = 0; i < 20; i++) {
    vi.advanceTimersByTime(400);
    leases.heard('a');
  }
  expect(silent).toEqual([]);
  leases.close();
});

test('a silent node loses them once, soon after the length of a lease', () => {
  const { silent, leases } = clock();
  leases.heard('a');
  vi.advanceTimersByTime(600);
  leases.heard('a');
  vi.advanceTimersByTime(990);
  expect(silent).toEqual([]);
  vi.advanceTimersByTime(100);
  expect(silent).toEqual(['a']);
  vi.advanceTimersByTime(10_000);
  expect(silent).toEqual(['a']);
  leases.close();
});
