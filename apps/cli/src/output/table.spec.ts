import { expect, test } from 'vitest';
import { table } from './table.js';

test('columns are as wide as what they show, colours not counted', () => {
  const text = table(
    [
      { title: 'NAME', value: ({ name }) => name },
      { title: 'DONE', align: 'right', value: ({ done }) => done },
      { title: 'STATE', value: ({ state }) => state },
    ],
    [
      { name: 'harbour', done: 7, state: '\u001b[32mrunning\u001b[39m' },
      { name: 'x', done: 12345, state: null },
    ],
  );
  expect(text).toBe('NAME      DONE  STATE\nharbour      7  \u001b[32mrunning\u001b[39m\nx        12345  –');
});

test('a table without rows is its titles', () => {
  expect(table<{ a: number }>([{ title: 'A', value: ({ a }) => a }], [])).toBe('A');
});
