import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { kindOf, StageTimes, type StageSeconds, type TimedStage } from './stage-times.js';
import { Watchdog } from './watchdog.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const limits = { cancelMs: 1e6, stallMs: 900_000, shortestMs: { step: 100, first: 100, decode: 100, load: 100 } };

function watch(expected: StageSeconds = {}) {
  const passed: [TimedStage, number][] = [];
  const watchdog = new Watchdog(limits, expected, {
    onHang: () => {},
    onPassed: (stage, seconds) => passed.push([stage, Number(seconds.toFixed(3))]),
  });
  return { watchdog, passed };
}

test('a step that hangs is noticed within three times what the steps before took', () => {
  const { watchdog } = watch();
  watchdog.progress({ stage: 'denoise', step: 0 });
  vi.advanceTimersByTime(60_000);
  for (const step of [1, 2, 3]) {
    watchdog.progress({ stage: 'denoise', step });
    if (step < 3) vi.advanceTimersByTime(500);
  }
  vi.advanceTimersByTime(1_490);
  expect(watchdog.hung).toBeUndefined();
  vi.advanceTimersByTime(20);
  expect(watchdog.hung?.message).toMatch(/hung in a step/);
});

test('known steps bound the unknown ones of this run', () => {
  const { watchdog } = watch({ first: 1, step: 0.5 });
  watchdog.progress({ stage: 'denoise', step: 0 });
  vi.advanceTimersByTime(2_900);
  expect(watchdog.hung).toBeUndefined();
  watchdog.progress({ stage: 'denoise', step: 1 });
  vi.advanceTimersByTime(1_499);
  expect(watchdog.hung).toBeUndefined();
  vi.advanceTimersByTime(2);
  expect(watchdog.hung).toMatchObject({
    code: 'crashed',
    message:
      'the engine hung in a step, which was expected to take 0.5 s: it gave no sign of progress for 1.5 s and was ended',
  });
});

test('a load has a limit of its own', () => {
  const { watchdog } = watch({ load: 2, step: 0.01 });
  vi.advanceTimersByTime(5_900);
  expect(watchdog.hung).toBeUndefined();
  vi.advanceTimersByTime(200);
  expect(watchdog.hung?.message).toMatch(/hung in loading/);
});

test('where nothing is known the longest limit holds, and no limit is shorter than the shortest', () => {
  const unknown = watch().watchdog;
  vi.advanceTimersByTime(899_000);
  expect(unknown.hung).toBeUndefined();
  vi.advanceTimersByTime(2_000);
  expect(unknown.hung?.message).toBe('the engine gave no sign of progress for 900 s and was ended');
  const { watchdog } = watch({ step: 0.001 });
  watchdog.progress({ stage: 'denoise', step: 1 });
  vi.advanceTimersByTime(99);
  expect(watchdog.hung).toBeUndefined();
});

test('tells what each stage took, and remembers the slower ones', () => {
  const { watchdog, passed } = watch();
  const times = new StageTimes();
  vi.advanceTimersByTime(700);
  watchdog.progress({ stage: 'encode', step: 0 });
  vi.advanceTimersByTime(20);
  watchdog.progress({ stage: 'denoise', step: 0 });
  vi.advanceTimersByTime(300);
  watchdog.progress({ stage: 'denoise', step: 1 });
  vi.advanceTimersByTime(100);
  watchdog.progress({ stage: 'denoise', step: 2 });
  watchdog.progress({ stage: 'decode', step: 0 });
  watchdog.stop();
  expect(passed).toEqual([
    ['load', 0.7],
    ['encode', 0.02],
    ['first', 0.3],
    ['step', 0.1],
    ['step', 0],
  ]);
  for (const [stage, seconds] of passed) times.note('a', stage, seconds);
  expect(times.of('a')).toEqual({ load: 0.7, encode: 0.02, first: 0.3, step: expect.closeTo(0.09) as number });
  expect(times.of('b')).toEqual({});
});

test('steps of a second, larger drawing are not judged by those of the first', () => {
  const { watchdog } = watch();
  const step = (n: number, ms: number) => {
    vi.advanceTimersByTime(ms);
    watchdog.progress({ stage: 'denoise', step: n });
  };
  step(0, 100);
  for (const n of [1, 2, 3]) step(n, 100);
  step(0, 100);
  for (const n of [1, 2, 3]) step(n, 4_000);
  expect(watchdog.hung).toBeUndefined();
  vi.advanceTimersByTime(12_100);
  expect(watchdog.hung?.message).toMatch(/hung in a step/);
});

test('what a run does last counts, too', () => {
  const { watchdog, passed } = watch();
  watchdog.progress({ stage: 'decode', step: 1 });
  vi.advanceTimersByTime(60_000);
  watchdog.finish();
  expect(passed.at(-1)).toEqual(['decode', 60]);
});

test('runs are of one kind that differ in prompts, seeds and pixels alone', () => {
  const raster = (...pixels: number[]) => ({ width: 1, height: 1, pixels: Buffer.from(pixels) });
  const request = (prompt: string, change = {}) => ({
    checkpoint: 'a',
    steps: 4,
    guidanceScale: 1,
    pictures: [{ prompt, seed: 1 }],
    ...change,
  });
  const one = kindOf(request('x', { initImage: raster(1, 2, 3) }));
  expect(kindOf(request('y', { initImage: raster(4, 5, 6), steps: 9 }))).toBe(one);
  expect(kindOf(request('x'))).not.toBe(one);
  expect(kindOf(request('x', { width: 512 }))).not.toBe(kindOf(request('x', { width: 64 })));
});

test('the first step after something else was loaded may take its time', () => {
  const { watchdog } = watch();
  watchdog.progress({ stage: 'denoise', step: 0 });
  for (const step of [1, 2]) {
    vi.advanceTimersByTime(100);
    watchdog.progress({ stage: 'denoise', step });
  }
  watchdog.progress({ stage: 'load', step: 0 });
  vi.advanceTimersByTime(60_000);
  watchdog.progress({ stage: 'denoise', step: 2 });
  vi.advanceTimersByTime(60_000);
  expect(watchdog.hung).toBeUndefined();
});
