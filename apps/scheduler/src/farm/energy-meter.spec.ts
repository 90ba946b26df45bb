import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EnergyMeter } from './energy-meter.js';

const work = (jobId: string, stage = 'denoise') => ({
  attemptId: `${jobId}-attempt`,
  jobId,
  index: 0,
  nodeId: 'n',
  slotId: 's',
  stage,
  step: 1,
  steps: 2,
});

describe('the energy meter', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function meter(at: ReturnType<typeof work>[]) {
    const stored = new Map<string, number>();
    let refuse = false;
    let used = 0;
    const energy = new EnergyMeter({
      store: {
        add: async (uses) => {
          if (refuse) throw new Error('no');
          for (const { jobId, wattHours } of uses) stored.set(jobId, (stored.get(jobId) ?? 0) + wattHours);
        },
        ofJob: async (jobId) => stored.get(jobId) ?? null,
        since: async () => (stored.size === 0 ? null : [...stored.values()].reduce((a, b) => a + b)),
      },
      logger: { warn: () => undefined } as never,
      workOf: () => at,
      onUsed: (wattHours) => (used += wattHours),
    });
    const read = (powerWatts: number, afterMs: number) => {
      vi.advanceTimersByTime(afterMs);
      energy.reading('n', { slotId: 's', powerWatts });
    };
    return { energy, stored, read, used: () => used, refuse: (on: boolean) => (refuse = on) };
  }

  it('books the time between two readings to the jobs that share the run', async () => {
    const { energy, read, used } = meter([work('a'), work('a'), work('b'), work('c', 'upload')]);
    read(300, 0);
    read(300, 12_000);
    expect(used()).toBeCloseTo(1);
    expect(await energy.ofJob('a')).toBeCloseTo(2 / 3);
    expect(await energy.ofJob('b')).toBeCloseTo(1 / 3);
    expect(await energy.ofJob('c')).toBeNull();
    expect(energy.wattsOf('n', 's')).toBe(300);
  });

  it('books to no job what an idle slot uses, and knows nothing of a slot that tells nothing', async () => {
    const { energy, read } = meter([]);
    read(0, 0);
    read(0, 10_000);
    expect(await energy.today()).toBeNull();
    read(36, 10_000);
    expect(await energy.today()).toBeCloseTo(0.1);
    expect(energy.wattsOf('n', 's')).toBeNull();
  });

  it('guesses nothing over a long silence', async () => {
    const { energy, read } = meter([work('a')]);
    read(300, 0);
    read(300, 120_000);
    expect(await energy.ofJob('a')).toBeNull();
  });

  it('loses nothing when it cannot be written', async () => {
    const { energy, stored, read, refuse } = meter([work('a')]);
    read(360, 0);
    read(360, 10_000);
    refuse(true);
    await energy.save();
    expect(await energy.ofJob('a')).toBeCloseTo(1);
    refuse(false);
    await energy.save();
    expect(stored.get('a')).toBeCloseTo(1);
    expect(await energy.ofJob('a')).toBeCloseTo(1);
  });
});
