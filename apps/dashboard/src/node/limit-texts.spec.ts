import { expect, it } from 'vitest';
import { limitsIn, textsOf } from './limit-texts.js';

const limits = { paused: false, tags: ['fast', 'cold'], chassis: null, watts: 300, maximumCelsius: null, hours: null };
const before = textsOf(limits);

it('changes only what was typed differently', () => {
  expect(limitsIn(before, before)).toEqual({});
  expect(limitsIn({ ...before, celsius: '82.5', watts: ' ' }, before)).toEqual({ maximumCelsius: 82.5, watts: null });
});

it('takes words between spaces or commas as tags, and an empty field as none', () => {
  expect(limitsIn({ ...before, tags: 'fast,  big ' }, before)).toEqual({ tags: ['fast', 'big'] });
  expect(limitsIn({ ...before, tags: '' }, before)).toEqual({ tags: [] });
  expect(limitsIn({ ...before, hours: ' 20:00-07:30 ' }, before)).toEqual({ hours: '20:00-07:30' });
});
