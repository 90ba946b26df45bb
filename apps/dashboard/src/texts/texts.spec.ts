import { expect, it } from 'vitest';
import { en } from './en.js';
import { zh } from './zh.js';

/** Every text with its path; functions are called with numbers, which every text can take. */
function leaves(texts: object, path = ''): Map<string, string> {
  return new Map(
    Object.entries(texts).flatMap(([name, value]: [string, unknown]): [string, string][] => {
      const here = `${path}${name}`;
      if (typeof value === 'string') return [[here, value]];
      if (typeof value === 'function') return [[here, String((value as (...n: number[]) => string)(3, 3, 3, 3))]];
      return [...leaves(value as object, `${here}.`)];
    }),
  );
}

it('says everything in both languages', () => {
  const [english, chinese] = [leaves(en), leaves(zh)];
  expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort());
  const empty = [...english, ...chinese].filter(([, text]) => text.trim() === '');
  expect(empty).toEqual([]);
});

it('speaks Chinese where it says to', () => {
  const latinOnly = [...leaves(zh)].filter(([, text]) => !/[\u4e00-\u9fff]/.test(text)).map(([path]) => path);
  // Names, abbreviations and what is typed as it stands.
  expect(latinOnly.filter((path) => !/^(names|units)\./.test(path))).toEqual([]);
});

it('gives numbers their form', () => {
  expect([0, 1, 1200].map(en.count.pictures)).toEqual(['0 pictures', '1 picture', '1,200 pictures']);
  expect([0, 100, -100, 7].map(en.priority)).toEqual(['', 'high priority', 'low priority', 'priority 7']);
});
