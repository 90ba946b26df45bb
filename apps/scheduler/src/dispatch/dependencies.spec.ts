import { expect, it } from 'vitest';
import { Dependencies } from './dependencies.js';

it('holds a job until the last of those before it is completed', () => {
  const dependencies = new Dependencies();
  dependencies.wait('c', ['a', 'b']);
  dependencies.wait('d', ['a']);
  dependencies.wait('e', []);
  expect(['c', 'd', 'e'].map((id) => dependencies.holds(id))).toEqual([true, true, false]);
  expect(dependencies.sentence('c')).toBe('It waits until the jobs a, b are completed.');
  expect(dependencies.completed('a')).toEqual(['d']);
  expect(dependencies.sentence('c')).toBe('It waits until the job b is completed.');
  expect(dependencies.completed('a')).toEqual([]);
  expect(dependencies.completed('b')).toEqual(['c']);
  expect(dependencies.sentence('c')).toBeNull();
});

it('says when one of those ended otherwise, and forgets that when it is tried again', () => {
  const dependencies = new Dependencies();
  dependencies.wait('b', ['a']);
  dependencies.gaveUp('a', 'cancelled');
  dependencies.gaveUp('x', 'failed');
  expect(dependencies.sentence('b')).toBe(
    'It waits for the job a, which is cancelled: retry that one, or cancel this.',
  );
  dependencies.reopened('a');
  expect(dependencies.sentence('b')).toBe('It waits until the job a is completed.');
  dependencies.drop('b');
  expect(dependencies.completed('a')).toEqual([]);
});
