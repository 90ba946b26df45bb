import { expect, it } from 'vitest';
import { belongsToField, nameOf, shownKeys } from './keys.js';

const pressed = (key: string, extra = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...extra,
});

it.each([
  [pressed('k', { ctrlKey: true }), 'mod+k'],
  [pressed('k', { metaKey: true }), 'mod+k'],
  [pressed('X', { shiftKey: true }), 'shift+x'],
  [pressed('?', { shiftKey: true }), '?'],
  [pressed('.'), '.'],
  [pressed('Delete', { shiftKey: true }), 'shift+Delete'],
  [pressed(' '), 'Space'],
])('names %o', (press, name) => expect(nameOf(press)).toBe(name));

it('shows keys as they stand on a keyboard', () => {
  expect(shownKeys('g f')).toEqual([['G'], ['F']]);
  expect(shownKeys('mod+k')).toEqual([['Ctrl', 'K']]);
  expect(shownKeys('ArrowLeft')).toEqual([['←']]);
});

it('leaves characters to the field that is typed into', () =>
  expect(['x', 'shift+x', 'mod+k', 'Escape'].map(belongsToField)).toEqual([true, true, false, false]));
