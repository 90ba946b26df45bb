import { expect, test } from 'vitest';
import { splitAtWords } from './added-words.js';

const toy = { text: '<cat-toy>', ids: [1] };
const style = { text: 'midstyle', ids: [2, 3] };
const longer = { text: 'midstyle-2', ids: [4] };

test.each([
  ['a photo of <cat-toy>, in MidStyle', ['a photo of ', toy, ', in ', style]],
  ['midstyle', [style]],
  ['midstyles and amidstyle', ['midstyles and amidstyle']],
  ['midstyle-2 and midstyle-23', [longer, ' and ', style, '-23']],
  ['x<cat-toy><cat-toy>y', ['x', toy, toy, 'y']],
  ['', []],
])('%s', (text, parts) => {
  expect(splitAtWords(text, [style, toy, longer])).toEqual(parts);
});

test('signs of regular expressions are signs', () => {
  const odd = { text: 'c++ (v1.5)', ids: [5] };
  expect(splitAtWords('a c++ (v1.5) b, c++ (v1x5)', [odd])).toEqual(['a ', odd, ' b, c++ (v1x5)']);
});
