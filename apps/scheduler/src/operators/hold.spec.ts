import { expect, test } from 'vitest';
import { holdOf } from './hold.js';

const none = { paused: false, tags: [], chassis: null, watts: null, maximumCelsius: null, hours: null };
const at = (hour: number, minute = 0) => new Date(2026, 0, 5, hour, minute);

test.each([
  ['20:00-07:30', at(19, 59), 'hours'],
  ['20:00-07:30', at(20), null],
  ['20:00-07:30', at(7, 29), null],
  ['20:00-07:30', at(7, 30), 'hours'],
  ['08:00-18:00', at(12), null],
  ['08:00-18:00', at(18), 'hours'],
  ['00:00-00:00', at(3), null],
])('with hours %s at %s', (hours, now, rule) => {
  expect(holdOf({ ...none, hours }, null, undefined, now)).toBe(rule);
});

test('a slot that was too hot cools down before it begins again', () => {
  const limits = { ...none, maximumCelsius: 80 };
  expect(holdOf(limits, null, 80, at(1))).toBeNull();
  expect(holdOf(limits, null, 81, at(1))).toBe('temperature');
  expect(holdOf(limits, 'temperature', 76, at(1))).toBe('temperature');
  expect(holdOf(limits, 'temperature', 75, at(1))).toBeNull();
  expect(holdOf(limits, null, undefined, at(1))).toBeNull();
});

test('a pause comes before everything else', () => {
  expect(holdOf({ ...none, paused: true, maximumCelsius: 10 }, null, 90, at(1))).toBe('node-paused');
});
