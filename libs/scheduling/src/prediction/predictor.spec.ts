import { describe, expect, it } from 'vitest';
import { Predictor, type Measurement } from './predictor.js';

const kind = { costKey: 'A 512', residencyKey: 'A', work: 1 };
const made = (change: Partial<Measurement> = {}): Measurement => ({
  ...{ ...kind, slotType: 'gpu', size: 1, runSeconds: 4, loadSeconds: 0, uploadSeconds: 0 },
  ...change,
});
function after(...measured: Partial<Measurement>[]): Predictor {
  const predictor = new Predictor();
  for (const change of measured) predictor.learn(made(change));
  return predictor;
}

describe('work that was not done yet', () => {
  const of = (steps: number, side: number) => ({
    ...{ costKey: `A ${side} ${steps}`, residencyKey: 'A', work: steps * side * side, pixels: side * side },
  });

  it('takes its steps by what they are, and encode and decode by pixels', () => {
    const predictor = after({ ...of(4, 10), runSeconds: 5, endSeconds: 1 });
    const seconds = (steps: number, side: number) => predictor.predict(of(steps, side), 'gpu').cost.runs[0]!.seconds;
    expect(seconds(20, 10)).toBeCloseTo(1 + 20);
    expect(seconds(4, 20)).toBeCloseTo(4 * 5);
    expect(predictor.predict(of(20, 10), 'gpu').basis).toBe('neighbours');
  });

  it('takes as much longer as it is, where nobody told encode and decode apart', () => {
    const predictor = after({ ...of(4, 10), runSeconds: 5 });
    expect(predictor.predict(of(20, 10), 'gpu').cost.runs[0]!.seconds).toBeCloseTo(25);
  });
});

describe('loads', () => {
  it('are learned apart by where the weights lay', () => {
    const { cost } = after(
      { loadSeconds: 10 },
      { loadSeconds: 3, loadedFrom: 'ram' },
      { loadSeconds: 1, loadedFrom: 'change' },
    ).predict(kind, 'gpu');
    expect(cost.loadSeconds).toMatchObject({ disk: 10, ram: 3 });
    expect(cost.changeSeconds).toBe(1);
  });

  it('follow from each other while one was not seen', () => {
    const disk = after({ loadSeconds: 10 }).predict(kind, 'gpu').cost;
    expect(disk.loadSeconds.ram).toBeLessThan(10);
    expect(disk.changeSeconds).toBeLessThan(10);
    const ram = after({ loadSeconds: 3, loadedFrom: 'ram' }).predict(kind, 'gpu').cost;
    expect(ram.loadSeconds.ram).toBeCloseTo(3);
    expect(ram.loadSeconds.disk).toBeGreaterThan(3);
  });

  it('never take longer from memory, or with the checkpoint there, than from disk', () => {
    const { cost } = after(
      { loadSeconds: 2 },
      { loadSeconds: 9, loadedFrom: 'ram' },
      { loadSeconds: 9, loadedFrom: 'change' },
    ).predict(kind, 'gpu');
    expect([cost.loadSeconds.ram, cost.changeSeconds]).toEqual([2, 2]);
  });
});

describe('what a node lacks', () => {
  const lan = (predictor: Predictor) => predictor.predict(kind, 'gpu', { modelBytes: 2e9 }).cost.loadSeconds.lan;

  it('takes as long as its bytes on a usual network, and then a load', () => {
    expect(lan(after({ loadSeconds: 5 }))).toBeCloseTo(5 + 2e9 / 110e6);
  });

  it('takes as long as what was fetched before', () => {
    expect(lan(after({ loadSeconds: 5, fetched: { bytes: 1e9, seconds: 2 } }))).toBeCloseTo(5 + 4);
    expect(lan(after({ loadSeconds: 5, fetched: { bytes: 0, seconds: 0 } }))).toBeCloseTo(5 + 2e9 / 110e6);
  });
});

describe('memory', () => {
  it('is learned for each size, and goes on over a restart', () => {
    const before = after({ memoryBytes: 5e9 }, { size: 2, runSeconds: 5, memoryBytes: 6e9 }, { memoryBytes: 0 });
    const predictor = new Predictor();
    predictor.restore(kind, 'gpu', JSON.parse(JSON.stringify(before.history(kind.costKey, 'gpu'))));
    const { runs } = predictor.predict(kind, 'gpu').cost;
    expect(runs.map(({ size, vramBytes }) => [size, vramBytes])).toEqual([
      [1, 5e9],
      [2, 6e9],
    ]);
  });

  it('is reckoned where nothing was drawn yet', () => {
    const { cost } = new Predictor().predict(kind, 'gpu', { reckoned: (size) => size * 3e9 });
    expect(cost.runs).toMatchObject([{ size: 1, vramBytes: 3e9 }]);
    expect(cost.unknown).toBe(true);
  });

  it('that was too little is tried again when it was long ago, or the type of slot is another now', () => {
    const predictor = after({});
    predictor.tooLarge(kind, 'gpu', 4, 1000);
    predictor.tooLarge(kind, 'other', 1, 2000);
    const most = () => ['gpu', 'other'].map((type) => predictor.predict(kind, type).cost.most);
    expect(predictor.lift(1000)).toEqual([]);
    expect(most()).toEqual([2, 0]);
    expect(predictor.lift(1001)).toEqual([{ kind, slotType: 'gpu' }]);
    expect(most()).toEqual([undefined, 0]);
    expect(predictor.lift(Infinity, 'gpu')).toEqual([]);
    expect(predictor.lift(Infinity, 'other')).toEqual([{ kind, slotType: 'other' }]);
    expect(most()).toEqual([undefined, undefined]);
  });
});

it('reads what was kept before memory and tiers were', () => {
  const predictor = new Predictor();
  predictor.restore(kind, 'gpu', { runs: { 1: [4] }, loads: [2], uploads: [], most: 2 });
  const { cost } = predictor.predict(kind, 'gpu');
  expect(cost).toMatchObject({ loadSeconds: { disk: 2 }, most: 2, runs: [{ size: 1, seconds: 4 }] });
  expect(predictor.lift(1)).toHaveLength(1);
});
