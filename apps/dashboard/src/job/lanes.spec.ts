import type { TimelineSpan } from '@atelier/contracts/rest';
import { expect, it } from 'vitest';
import { lanesOf, partsOf } from './lanes.js';

const at = (second: number) => new Date(second * 1000).toISOString();
const span = (index: number, from: number, to: number | null, slotId = '0'): TimelineSpan => ({
  index,
  number: 1,
  state: to === null ? 'running' : 'succeeded',
  nodeId: 'node',
  slotId,
  leasedAt: at(from),
  startedAt: at(from),
  finishedAt: to === null ? null : at(to),
  stages: { wait: 0, load: 0, encode: 1, denoise: 3, decode: 0, upload: 0 },
});

it('gives each slot a lane, and overlapping attempts rows of their own', () => {
  const { lanes, from, to } = lanesOf([span(0, 0, 4), span(1, 2, 6), span(2, 4, null), span(3, 1, 2, '1')], 9000);
  expect([from, to]).toEqual([0, 9000]);
  expect(lanes.map(({ id, rows }) => [id, rows.map((row) => row.map(({ index }) => index))])).toEqual([
    ['node/0', [[0, 2], [1]]],
    ['node/1', [[3]]],
  ]);
});

it('shows the stages that took time', () =>
  expect(partsOf(span(0, 0, 4))).toEqual([
    { stage: 'encode', share: 1 },
    { stage: 'denoise', share: 3 },
  ]));
