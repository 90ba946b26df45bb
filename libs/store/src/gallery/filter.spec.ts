import { expect, it } from 'vitest';
import { conditionOf, wordsOf } from './filter.js';

it.each([
  [
    'red lighthouse',
    [
      ['red', true],
      ['lighthouse', true],
    ],
  ],
  [
    'red -boat',
    [
      ['red', true],
      ['boat', false],
    ],
  ],
  [
    '"by the sea" -"at night"',
    [
      ['by the sea', true],
      ['at night', false],
    ],
  ],
  ['  ', []],
  ['a"', [['a', true]]],
] as const)('reads %j', (text, words) =>
  expect(wordsOf(text).map(({ word, wanted }) => [word, wanted])).toEqual(words),
);

it('takes what LIKE gives a meaning as it stands', () =>
  expect(conditionOf({ text: '50%_\\' }).values).toEqual(['%50\\%\\_\\\\%']));

it('joins the marks only where they are asked for', () => {
  expect(conditionOf({ seed: 1 }).marks).toBe(false);
  expect(conditionOf({ starred: true })).toMatchObject({ marks: true, values: [] });
  expect(conditionOf({ seed: 1, tag: 'sky' })).toMatchObject({ marks: true, values: [1, 'sky'] });
});
