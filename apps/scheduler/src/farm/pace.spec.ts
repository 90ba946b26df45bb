import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Pace } from './pace.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A job that made `count` pictures, one every `everyMs`. */
function paceAfter(count: number, everyMs: number): Pace {
  const pace = new Pace();
  for (let i = 0; i < count; i++) {
    pace.made('job', 'kind', everyMs / 1000);
    if (i < count - 1) vi.advanceTimersByTime(everyMs);
  }
  return pace;
}

test('two pictures make a pace', () => {
  expect(paceAfter(1, 500).etaSeconds('job', 10)).toBeNull();
  expect(paceAfter(2, 500).etaSeconds('job', 10)).toBeCloseTo(5);
  expect(paceAfter(100, 500).etaSeconds('job', 10)).toBeCloseTo(5);
});

test('a picture that is late slows the pace down', () => {
  const pace = paceAfter(11, 1000);
  vi.advanceTimersByTime(900);
  expect(pace.etaSeconds('job', 10)).toBeCloseTo(10);
  vi.advanceTimersByTime(10_100);
  expect(pace.etaSeconds('job', 10)).toBeCloseTo(20);
});

test('a kind of picture costs what those of its kind took', () => {
  const pace = new Pace();
  expect(pace.costOf('kind')).toBeNull();
  for (const seconds of [1, 2, 3]) pace.made('job', 'kind', seconds);
  expect(pace.costOf('kind')).toEqual({ mean: 2, low: 1, high: 3 });
  pace.forget('job');
  expect(pace.etaSeconds('job', 1)).toBeNull();
});
