import { agentProto } from '@atelier/contracts';
import type { Cost } from '@atelier/scheduling';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { Predictions, retryTooLargeMs } from './predictions.js';

const work = { costKey: 'm 512x512 steps=20 evaluations=2 order=1', residencyKey: 'm' };
const record = (change: Partial<agentProto.AttemptRecord>): agentProto.AttemptRecord => ({
  engineBuild: '',
  provider: '',
  device: '',
  groupSize: 1,
  loadSeconds: 0,
  encodeSeconds: 0,
  denoiseSeconds: 1,
  decodeSeconds: 0,
  uploadSeconds: 0,
  renderStartedAt: undefined,
  renderFinishedAt: undefined,
  loadTier: agentProto.LoadTier.LOAD_TIER_UNSPECIFIED,
  memoryBytes: 0,
  fetchedBytes: 0,
  fetchSeconds: 0,
  ...change,
});

function memory() {
  const kept = new Map<string, { costKey: string; slotType: string; samples: unknown }>();
  const store = {
    predictions: () => Promise.resolve([...kept.values()]),
    savePredictions: (rows: readonly { costKey: string; slotType: string; samples: unknown }[]) => {
      for (const row of rows) kept.set(`${row.costKey} ${row.slotType}`, row);
      return Promise.resolve();
    },
  };
  return (onChange: (costKey: string, slotType: string, cost: Cost) => void = () => {}) =>
    new Predictions(store, pino({ level: 'silent' }), onChange);
}

test('the acceptance picture compares types of slots and tells of loads, and no more than that', async () => {
  const open = memory();
  const before = open();
  before.tested('slow', { loadSeconds: 0.6, stepSeconds: 0.3 });
  before.tested('fast', { loadSeconds: 0.2, stepSeconds: 0.1 });
  expect(before.of(work, 'fast').basis).toBe('nothing');
  expect(before.of(work, 'fast').cost.loadSeconds.disk).toBeCloseTo(0.2);
  await before.save();
  // The same after a restart.
  const after = open();
  await after.load();
  expect(after.of(work, 'fast').basis).toBe('nothing');
  for (let i = 0; i < 5; i++) after.made(work, 'slow', record({ denoiseSeconds: 9 }));
  expect(after.of(work, 'fast')).toMatchObject({ basis: 'neighbours', cost: { runs: [{ size: 1 }] } });
  expect(after.of(work, 'fast').cost.runs[0]!.seconds).toBeCloseTo(3);
});

test('what did not fit is remembered over a restart', async () => {
  const open = memory();
  const before = open();
  before.made(work, 'small', record({ groupSize: 2 }));
  before.tooLarge(work, 'small', 4);
  before.tooLarge(work, 'tiny', 1);
  await before.save();
  const after = open();
  await after.load();
  expect(after.of(work, 'small').cost.most).toBe(2);
  expect(after.of(work, 'tiny').cost.most).toBe(0);
  expect(after.of(work, 'other').cost.most).toBeUndefined();
});

test('a run is foretold to an agent only from runs like it on such a slot', () => {
  const predictions = memory()();
  expect(predictions.runOf(work, 'gpu', 1)).toBeUndefined();
  predictions.made(work, 'gpu', record({ loadSeconds: 2, denoiseSeconds: 4, decodeSeconds: 1 }));
  expect(predictions.runOf(work, 'gpu', 1)).toEqual({ loadSeconds: 2, runSeconds: 5 });
  expect(predictions.runOf(work, 'other', 1)).toBeUndefined();
});

test('what did not fit is tried again after a day, or when a slot of its type has another driver', () => {
  const told: (number | undefined)[] = [];
  const predictions = memory()((_, __, cost) => told.push(cost.most));
  predictions.tooLarge(work, 'small', 4, 0);
  predictions.retryTooLarge(retryTooLargeMs);
  expect(told).toEqual([2]);
  predictions.retryTooLarge(retryTooLargeMs + 1);
  expect(told).toEqual([2, undefined]);
  predictions.tooLarge(work, 'small', 2, 0);
  predictions.renewed('large');
  predictions.renewed('small');
  expect(told).toEqual([2, undefined, 1, undefined]);
});

test('memory and the tiers of loads are learned from records', () => {
  const { LoadTier } = agentProto;
  const predictions = memory()();
  const loaded = (loadTier: agentProto.LoadTier, loadSeconds: number) =>
    predictions.made(work, 'gpu', record({ loadTier, loadSeconds, memoryBytes: 4e9 }));
  loaded(LoadTier.LOAD_TIER_DISK, 8);
  loaded(LoadTier.LOAD_TIER_RAM, 3);
  loaded(LoadTier.LOAD_TIER_CHANGE, 1);
  loaded(LoadTier.LOAD_TIER_VRAM, 0.01);
  const { cost } = predictions.of(work, 'gpu');
  expect(cost).toMatchObject({ loadSeconds: { disk: 8, ram: 3 }, changeSeconds: 1, runs: [{ vramBytes: 4e9 }, {}] });
});

test('what is reckoned of memory is told before anything was drawn', () => {
  const predictions = memory()();
  const reckoner = (slotType: string, size: number) => (slotType === 'gpu' ? size * 3e9 : undefined);
  const [told] = predictions.costsOf(work, ['gpu'], { reckoner });
  expect(told!.cost.runs).toMatchObject([{ size: 1, vramBytes: 3e9 }]);
});
