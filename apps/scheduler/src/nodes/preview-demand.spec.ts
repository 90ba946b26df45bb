import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PreviewDemand } from './preview-demand.js';

let asked: boolean[];
let demand: PreviewDemand;

const nodes = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ setPreviews: (previews: boolean) => void (asked[i] = previews) }));

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
});
afterEach(() => {
  demand.close();
  vi.useRealTimers();
});

test('a small farm makes previews as soon as somebody watches', () => {
  demand = new PreviewDemand(() => nodes(4));
  demand.set(true);
  expect(asked).toEqual([true, true, true, true]);
  expect(demand.current).toBe(true);
});

test('a large farm is asked in portions, every node once', () => {
  demand = new PreviewDemand(() => nodes(1000));
  demand.set(true);
  expect(asked.length).toBeLessThan(50);
  vi.advanceTimersByTime(5000);
  expect(asked).toEqual(Array(1000).fill(true));
});

test('a reader that comes back soon changes nothing', () => {
  demand = new PreviewDemand(() => nodes(2));
  demand.set(true);
  asked = [];
  demand.set(false);
  vi.advanceTimersByTime(5000);
  demand.set(true);
  vi.advanceTimersByTime(60_000);
  expect(asked).toEqual([]);
  expect(demand.current).toBe(true);
});

test('previews end when nobody has watched for a while', () => {
  demand = new PreviewDemand(() => nodes(2));
  demand.set(true);
  demand.set(false);
  vi.advanceTimersByTime(60_000);
  expect(asked).toEqual([false, false]);
  expect(demand.current).toBe(false);
});

test('readers that come while the last ones are being forgotten are served', () => {
  demand = new PreviewDemand(() => nodes(100));
  demand.set(true);
  vi.advanceTimersByTime(5000);
  demand.set(false);
  vi.advanceTimersByTime(30_060);
  demand.set(true);
  vi.advanceTimersByTime(5000);
  expect(asked).toEqual(Array(100).fill(true));
});
