import { expect, test } from 'vitest';
import { shortened } from './catalogue.js';

test('a text is cut between words, and says so', () => {
  expect(shortened('a red house', 11)).toBe('a red house');
  expect(shortened('a red house by the sea', 16)).toBe('a red house …');
  expect(shortened('a red house by the sea', 16).length).toBeLessThanOrEqual(16);
});
