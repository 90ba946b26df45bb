import { describe, expect, it } from 'vitest';
import { indicesOf } from './gallery-desk.js';

describe('ranges of indices', () => {
  it('are unfolded', () => expect(indicesOf('0-2.7')).toEqual([0, 1, 2, 7]));
  it.each(['', '2-1', '-', '1..2', '0-99999999'])('refuse %j', (text) => expect(() => indicesOf(text)).toThrow());
});
